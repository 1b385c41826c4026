//! Relay in a test, and the requests that tests send to it.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::Config;
use whippet::axum::http::{Method, StatusCode};
use whippet::testing::{TestApp, TestResponse};

/// The API key of every [`Relay`].
pub(crate) const KEY: &str = "key-of-the-tests";

/// A Relay server. Methods that send requests also send the API key, and their paths are relative to `/api/v1`.
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

    /// Starts Relay with these variables and the API key.
    pub(crate) async fn with<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let config: Config = variables
            .into_iter()
            .chain([("RELAY_API_KEY", KEY)])
            .collect();
        Self(TestApp::with_config(config, relay::app).await)
    }

    /// Starts Relay with the application `acme`.
    pub(crate) async fn with_app() -> Self {
        let relay = Self::new().await;
        relay
            .create("/app", json!({"name": "Acme", "uid": "acme"}))
            .await;
        relay
    }

    /// Starts Relay with the application `acme` and its endpoint `hook` at `https://hook.example/in`.
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

    /// Posts a text, such as a JSON value.
    pub(crate) async fn post(&self, path: &str, body: impl std::fmt::Display) -> TestResponse {
        let path = format!("/api/v1{path}");
        let request = self.0.post(&path).bearer(KEY);
        request.json_text(body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> TestResponse {
        self.change(Method::PUT, path, &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> TestResponse {
        self.change(Method::PATCH, path, &body).await
    }

    async fn change(&self, method: Method, path: &str, body: &Value) -> TestResponse {
        let request = self.0.request(method, &format!("/api/v1{path}"));
        request.bearer(KEY).json(body).await
    }

    /// Posts a JSON value with an idempotency key.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> TestResponse {
        let path = format!("/api/v1{path}");
        let request = self.0.post(&path).bearer(KEY).json(body);
        request.header("idempotency-key", key).await
    }

    /// Posts a body, and returns the JSON of the response. The response must be a success.
    pub(crate) async fn create(&self, path: &str, body: impl std::fmt::Display) -> Value {
        let response = self.post(path, body).await;
        assert!(response.status.is_success(), "{path}: {}", response.text());
        response.json()
    }

    /// Gets a path, and returns the JSON of the response. The response must have the status 200.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(
            response.status,
            StatusCode::OK,
            "{path}: {}",
            response.text()
        );
        response.json()
    }

    /// Creates an endpoint of the application `acme`. `more` has additional fields of the endpoint.
    pub(crate) async fn endpoint(&self, uid: &str, more: Value) -> Value {
        let mut body = json!({"uid": uid, "url": format!("https://{uid}.example/in")});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        self.create("/app/acme/endpoint", body).await
    }

    /// Creates a message of the application `acme`, and returns its id. `more` has additional fields of the message.
    pub(crate) async fn message(&self, more: Value) -> String {
        let mut body = json!({"eventType": "user.created", "payload": {"n": 1}});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        text(&self.create("/app/acme/msg", body).await["id"])
    }

    /// Returns the number that a query selects.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.row(sql).await
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Returns a text field of every item of a list.
pub(crate) fn each(page: &Value, field: &str) -> Vec<String> {
    let items = page["data"].as_array().unwrap().iter();
    items.map(|item| text(&item[field])).collect()
}
