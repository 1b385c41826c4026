//! What a receiver got.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use standardwebhooks::Webhook;
use ureq::http::HeaderMap;

use super::wire::Message;

/// One POST, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
    /// Seconds since 1970 at which it arrived.
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

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Whether the reference library accepts the signature.
    pub(crate) fn verifies_with(&self, secret: &str) -> bool {
        Webhook::new(secret)
            .unwrap()
            .verify(&self.body, &self.headers)
            .is_ok()
    }
}
