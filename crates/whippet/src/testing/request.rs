//! A test's request.

use std::fmt::Display;
use std::pin::Pin;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{TestApp, TestResponse};

/// A request being built; awaiting it sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct TestRequest<'a> {
    pub(super) app: &'a TestApp,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

impl TestRequest<'_> {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When name or value cannot be a header's.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "a test that cannot make its request has failed"
    )]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse(), value.parse()) {
            (Ok(name), Ok(value)) => self.headers.push((name, value)),
            _ => panic!("{name:?}: {value:?} cannot be a header"),
        }
        self
    }

    /// Adds `Authorization: Bearer token`.
    #[track_caller]
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let before = if self.path.contains('?') { '&' } else { '?' };
        let (name, value) = (encoded(name), encoded(&value.to_string()));
        self.path.push_str(&format!("{before}{name}={value}"));
        self
    }

    /// The body as it is, without a content type.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The body as JSON, with its content type.
    ///
    /// # Panics
    ///
    /// When it cannot be written as JSON.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "a test that cannot make its request has failed"
    )]
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.json_text(body),
            Err(error) => panic!("the body cannot be written as JSON: {error}"),
        }
    }

    /// The body as it is, and the content type of JSON: what is no JSON, or has to be sent to the byte.
    pub fn json_text(self, body: impl Into<Bytes>) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json")
            .body(body)
    }
}

impl<'a> IntoFuture for TestRequest<'a> {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.app.send(self))
    }
}
