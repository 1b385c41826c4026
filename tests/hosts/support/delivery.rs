//! A delivery that a receiver has received.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use standardwebhooks::Webhook;
use ureq::http::HeaderMap;

use super::wire::Message;

/// One request to a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
    /// The time at which the request arrived, in seconds since 1970.
    pub(crate) clock: u64,
}

impl Delivery {
    pub(crate) fn new(request: Message) -> Self {
        Self {
            method: request.word(0).to_owned(),
            path: request.word(1).to_owned(),
            headers: request.headers,
            body: request.body,
            at: Instant::now(),
            clock: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        }
    }

    /// Returns the value of a header, or `""` if the request does not have it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Returns whether the reference library of Standard Webhooks accepts the signature.
    pub(crate) fn verifies_with(&self, secret: &str) -> bool {
        Webhook::new(secret)
            .unwrap()
            .verify(&self.body, &self.headers)
            .is_ok()
    }
}
