//! An application made for one scenario, so that scenarios share a server and nothing else.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{Api, Call};
use super::host::Host;
use super::secrets;
use super::wait::{SOON, eventually};

pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) id: String,
}

impl App {
    /// A new application on the host's shared server.
    pub(crate) fn new(host: Host) -> Self {
        Self::on(host.api())
    }

    pub(crate) fn on(api: Api) -> Self {
        let made = api
            .post("/api/v1/app", json!({"name": "A scenario"}))
            .expect(201);
        let id = text(&made, "id");
        Self { api, id }
    }

    /// The path of something below this application.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/app/{}{rest}", self.id)
    }

    /// Registers an endpoint that gets everything, and answers its id.
    pub(crate) fn endpoint(&self, url: &str) -> String {
        self.endpoint_with(json!({"url": url}))
    }

    pub(crate) fn endpoint_with(&self, new: Value) -> String {
        let made = self.api.post(&self.path("/endpoint"), new).expect(201);
        text(&made, "id")
    }

    pub(crate) fn get_endpoint(&self, id: &str) -> Value {
        self.api
            .get(&self.path(&format!("/endpoint/{id}")))
            .expect(200)
    }

    pub(crate) fn secret(&self, endpoint: &str) -> String {
        let path = self.path(&format!("/endpoint/{endpoint}/secret"));
        let secret = text(&self.api.get(&path).expect(200), "key");
        secrets::remember(&secret);
        secret
    }

    /// A request that sends a message; the payload goes out as it is written.
    pub(crate) fn message(&self, event_type: &str, payload: &str) -> Call<'_> {
        let body = format!(r#"{{"eventType":"{event_type}","payload":{payload}}}"#);
        self.api.post(&self.path("/msg"), body)
    }

    /// Sends a message, and answers its id.
    pub(crate) fn send(&self, payload: &str) -> String {
        text(&self.message("user.signup", payload).expect(202), "id")
    }

    /// The attempts of a message, oldest first.
    pub(crate) fn attempts(&self, message: &str) -> Vec<Value> {
        self.attempts_at(&format!("/attempt/msg/{message}?limit=250"))
    }

    pub(crate) fn attempts_at(&self, path: &str) -> Vec<Value> {
        let mut attempts = items(&self.api.get(&self.path(path)).expect(200));
        attempts.sort_by_key(|attempt| text(attempt, "timestamp"));
        attempts
    }

    /// The attempts of a message once there are at least so many, oldest first.
    pub(crate) fn wait_for_attempts(&self, message: &str, count: usize) -> Vec<Value> {
        eventually("the attempts are listed", SOON, || {
            let attempts = self.attempts(message);
            if attempts.len() < count {
                return Err(json!(attempts).to_string());
            }
            Ok(attempts)
        })
    }
}

/// The items of a list.
pub(crate) fn items(list: &Value) -> Vec<Value> {
    list["data"]
        .as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .clone()
}

/// A member that must be text.
pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("no text `{member}`: {value}"))
        .to_owned()
}

/// A name that no other scenario and no earlier run has used.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    format!(
        "{prefix}-{nanos:x}-{}",
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
