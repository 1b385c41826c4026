//! The answer to a test's request, and what a test asserts of it.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json::{Compare, differences};

/// An answer of the app under test.
///
/// The assertions name the request when they fail and give the answer back, so that they can be chained. What else the app
/// saw and did is printed when the test ends.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Method and path, for messages.
    pub(super) asked: String,
}

impl TestResponse {
    /// The body as text, invalid UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it is not JSON; the message shows status and body.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// The body's JSON as `T`.
    ///
    /// # Panics
    ///
    /// When it does not fit `T`; the message shows status and body.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "a test that cannot read its answer has failed"
    )]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!(
                "{} was answered {} with a body that cannot be read ({error}): {}",
                self.asked,
                self.status,
                self.text()
            ),
        }
    }

    /// A header's value, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// # Panics
    ///
    /// When the status is another one.
    #[track_caller]
    pub fn assert_status(&self, expected: u16) -> &Self {
        assert!(
            self.status.as_u16() == expected,
            "{} was answered {}, and {expected} was expected: {}",
            self.asked,
            self.status,
            self.text()
        );
        self
    }

    /// # Panics
    ///
    /// When the header has another value; one that is missing counts as the empty text.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) -> &Self {
        let actual = self.header(name);
        assert!(
            actual == expected,
            "{} was answered with {name}: {actual:?}, and {expected:?} was expected",
            self.asked
        );
        self
    }

    /// # Panics
    ///
    /// When the body is another JSON value; the message has a line for each difference.
    #[track_caller]
    pub fn assert_json(&self, expected: impl Serialize) -> &Self {
        self.compare(expected, Compare::Equal)
    }

    /// As [`assert_json`](Self::assert_json), and objects may have members that are not expected.
    ///
    /// # Panics
    ///
    /// When an expected member is missing or has another value.
    #[track_caller]
    pub fn assert_json_includes(&self, expected: impl Serialize) -> &Self {
        self.compare(expected, Compare::Includes)
    }

    /// # Panics
    ///
    /// When the answer is not a problem document (RFC 9457) with this status and `code`.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        self.assert_header(header::CONTENT_TYPE.as_str(), "application/problem+json");
        self.assert_json_includes(serde_json::json!({"status": status, "code": code}))
    }

    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "a test whose expectation cannot be written has failed"
    )]
    fn compare(&self, expected: impl Serialize, compare: Compare) -> &Self {
        let expected = match serde_json::to_value(expected) {
            Ok(expected) => expected,
            Err(error) => panic!("what is expected cannot be written as JSON: {error}"),
        };
        let found = differences(&expected, &self.json(), compare);
        assert!(
            found.is_empty(),
            "{} was answered {} with another body:\n  {}",
            self.asked,
            self.status,
            found.join("\n  ")
        );
        self
    }
}
