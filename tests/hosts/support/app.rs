//! An application for one scenario. Scenarios share a server, but each has its own application.

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
    /// Creates an application on the host's shared server.
    pub(crate) fn new(host: Host) -> Self {
        Self::on(host.api())
    }

    /// Creates an application on the server of `api`.
    pub(crate) fn on(api: Api) -> Self {
        let created = api
            .post("/api/v1/app", json!({"name": "A scenario"}))
            .expect(201);
        let id = text(&created, "id");
        Self { api, id }
    }

    /// Returns the path of a resource below this application.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/app/{}{rest}", self.id)
    }

    /// Creates an endpoint without filters and returns its id.
    pub(crate) fn endpoint(&self, url: &str) -> String {
        self.endpoint_with(json!({"url": url}))
    }

    /// Creates an endpoint with this request body, and returns its id.
    pub(crate) fn endpoint_with(&self, new: Value) -> String {
        let created = self.api.post(&self.path("/endpoint"), new).expect(201);
        text(&created, "id")
    }

    pub(crate) fn get_endpoint(&self, id: &str) -> Value {
        self.api
            .get(&self.path(&format!("/endpoint/{id}")))
            .expect(200)
    }

    /// Returns the secret of an endpoint.
    pub(crate) fn secret(&self, endpoint: &str) -> String {
        let path = self.path(&format!("/endpoint/{endpoint}/secret"));
        let secret = text(&self.api.get(&path).expect(200), "key");
        secrets::remember(&secret);
        secret
    }

    /// Builds a request that creates a message. The text `payload` is sent unchanged.
    pub(crate) fn message(&self, event_type: &str, payload: &str) -> Call {
        let body = format!(r#"{{"eventType":"{event_type}","payload":{payload}}}"#);
        self.api.post(&self.path("/msg"), body)
    }

    /// Creates a message and returns its id.
    pub(crate) fn send(&self, payload: &str) -> String {
        text(&self.message("user.signup", payload).expect(202), "id")
    }

    /// Returns the attempts of a message, oldest first.
    pub(crate) fn attempts(&self, message: &str) -> Vec<Value> {
        self.attempts_at(&format!("/attempt/msg/{message}?limit=250"))
    }

    /// Returns the attempts in the list at `path`, oldest first. The path is relative to the application.
    pub(crate) fn attempts_at(&self, path: &str) -> Vec<Value> {
        let mut attempts = items(&self.api.get(&self.path(path)).expect(200));
        attempts.sort_by_key(|attempt| text(attempt, "timestamp"));
        attempts
    }

    /// Waits until a message has at least `count` attempts. Returns the attempts, oldest first.
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

/// Returns the items of a list.
pub(crate) fn items(list: &Value) -> Vec<Value> {
    list["data"]
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {list}"))
        .clone()
}

/// Returns a field that must be a string.
pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("`{field}` is not a string: {value}"))
        .to_owned()
}

/// Returns a name that no other scenario and no earlier run has used.
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
