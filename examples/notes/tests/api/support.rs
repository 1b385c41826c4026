//! The API with a signed-in account.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::axum::http::Method;
use whippet::testing::{Fixture, TestApp, TestRequest};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The API with the account `ada@example.com`, whose token may read and write notes.
pub(crate) struct Notes {
    app: TestApp,
    pub(crate) token: String,
}

impl Deref for Notes {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Fixture for Notes {
    async fn set_up() -> Self {
        let app = TestApp::new(notes::app).await;
        let token = sign_up(&app, "ada@example.com", &["notes:read", "notes:write"]).await;
        Self { app, token }
    }
}

impl Notes {
    /// Starts a request with the token.
    pub(crate) fn call(&self, method: Method, path: &str) -> TestRequest<'_> {
        self.request(method, path).bearer(&self.token)
    }

    /// Creates a note, and returns it.
    pub(crate) async fn create(&self, note: Value) -> Value {
        let created = self.call(Method::POST, "/notes").json(&note).await;
        created.assert_status(201).json()
    }
}

/// Creates an account, and returns a token with these scopes.
pub(crate) async fn sign_up(app: &TestApp, email: &str, scopes: &[&str]) -> String {
    let account = json!({"email": email, "password": PASSWORD});
    app.post("/accounts")
        .json(&account)
        .await
        .assert_status(201);
    let sign_in = json!({"email": email, "password": PASSWORD, "scopes": scopes});
    let token = app.post("/tokens").json(&sign_in).await;
    token.assert_status(201).json()["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
