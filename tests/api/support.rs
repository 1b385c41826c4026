//! Relay under test, and what every test asks of it.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::Config;
use whippet::axum::http::{Method, StatusCode};
use whippet::testing::{TestApp, TestResponse};

/// The API key of every [`Relay`].
pub(crate) const KEY: &str = "key-of-the-tests";

/// Relay, called with its key and paths below `/api/v1`.
pub(crate) struct Relay(TestApp);

impl Deref for Relay {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.0
    }
}

impl Relay {
    pub(crate) async fn new() -> Self {
        Self::with([]).await
    }

    /// With these variables beside the key.
    pub(crate) async fn with<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let config: Config = variables
            .into_iter()
            .chain([("RELAY_API_KEY", KEY)])
            .collect();
        Self(TestApp::with_config(config, relay::app).await)
    }

    /// With the application `acme`.
    pub(crate) async fn with_app() -> Self {
        let relay = Self::new().await;
        relay
            .made("/app", json!({"name": "Acme", "uid": "acme"}))
            .await;
        relay
    }

    /// With the application `acme` and its endpoint `hook`, at `https://hook.example/in`.
    pub(crate) async fn with_endpoint() -> Self {
        let relay = Self::with_app().await;
        relay.endpoint("hook", json!({})).await;
        relay
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(Method::GET, path).await
    }

    pub(crate) async fn delete(&self, path: &str) -> TestResponse {
        self.send(Method::DELETE, path).await
    }

    async fn send(&self, method: Method, path: &str) -> TestResponse {
        self.0
            .request(method, &format!("/api/v1{path}"))
            .bearer(KEY)
            .await
    }

    /// Posts a JSON value, or JSON text as it is.
    pub(crate) async fn post(&self, path: &str, body: impl std::fmt::Display) -> TestResponse {
        let path = format!("/api/v1{path}");
        let request = self.0.post(&path).bearer(KEY);
        request.json_text(body.to_string()).await
    }

    /// Posts with an idempotency key.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> TestResponse {
        let path = format!("/api/v1{path}");
        let request = self.0.post(&path).bearer(KEY).json(body);
        request.header("idempotency-key", key).await
    }

    /// Posts what must succeed.
    pub(crate) async fn made(&self, path: &str, body: impl std::fmt::Display) -> Value {
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer.json()
    }

    /// The JSON at a path that must answer 200.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// An endpoint of `acme`, with `more` members.
    pub(crate) async fn endpoint(&self, uid: &str, more: Value) -> Value {
        let mut body = json!({"uid": uid, "url": format!("https://{uid}.example/in")});
        let members = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        self.made("/app/acme/endpoint", body).await
    }

    /// The id of a new message of `acme`, with `more` members.
    pub(crate) async fn message(&self, more: Value) -> String {
        let mut body = json!({"eventType": "user.created", "payload": {"n": 1}});
        let members = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        text(&self.made("/app/acme/msg", body).await["id"])
    }

    /// A number from the database.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.row(sql).await
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A member of every item of a list's answer.
pub(crate) fn each(page: &Value, member: &str) -> Vec<String> {
    let items = page["data"].as_array().unwrap().iter();
    items.map(|item| text(&item[member])).collect()
}
