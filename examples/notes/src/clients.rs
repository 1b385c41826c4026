//! The clients of requests without a token, and their quota.

use std::time::Duration;

use whippet::axum::http::HeaderMap;
use whippet::layers::{CallerKey, Quota, RateLimitPolicy, RateLimited};
use whippet::{State, dependency};

use crate::NotesSettings;

const MINUTE: Duration = Duration::from_secs(60);

/// The client of a request.
#[derive(Clone)]
pub(crate) struct Client {
    /// The address, which is empty if it is not known.
    address: String,
    sign_ins_per_minute: u32,
}

#[dependency]
async fn client(headers: HeaderMap, settings: State<NotesSettings>) -> Client {
    let name = settings.client_address_header.as_deref();
    let values = name.into_iter().flat_map(|name| headers.get_all(name));
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    Client {
        address: values.collect::<Vec<_>>().join(", "),
        sign_ins_per_minute: settings.sign_ins_per_minute,
    }
}

impl CallerKey for Client {
    fn key(&self) -> String {
        self.address.clone()
    }
}

/// Limits how often a client may sign up or sign in. Each of these requests hashes a password, which is expensive.
pub(crate) struct PerClient;

pub(crate) type LimitedClient = RateLimited<PerClient>;

impl RateLimitPolicy for PerClient {
    type Caller = Client;

    fn quota(client: &Client) -> Quota {
        Quota::new("client", client.sign_ins_per_minute, MINUTE)
    }
}

/// Returns the quota of sign-ins to one account. This quota also stops attackers who try passwords from many addresses.
pub(crate) fn per_account(settings: &NotesSettings) -> Quota {
    Quota::new("sign-ins", settings.sign_ins_per_minute, MINUTE)
}
