//! The response to a request in a test, and assertions about this response.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json::{Compare, differences};

/// A response of the app under test.
///
/// If an assertion fails, its message names the request, and the test prints the transcript of the app. An assertion
/// that passes returns the response, so that assertions can be chained.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The method and the path of the request, for messages.
    pub(super) request_line: String,
}

impl TestResponse {
    /// Returns the body as text. Invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// Panics if the body is not valid JSON. The panic message shows the status and the body.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// Parses the JSON of the body as `T`.
    ///
    /// # Panics
    ///
    /// Panics if the body cannot be parsed as `T`. The panic message shows the status and the body.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the body cannot be parsed"
    )]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!(
                "{} returned {} with a body that cannot be parsed ({error}): {}",
                self.request_line,
                self.status,
                self.text()
            ),
        }
    }

    /// Returns the value of a header, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Asserts the status.
    ///
    /// # Panics
    ///
    /// Panics if the status is not `expected`.
    #[track_caller]
    pub fn assert_status(&self, expected: u16) -> &Self {
        assert!(
            self.status.as_u16() == expected,
            "{} returned {}, expected {expected}: {}",
            self.request_line,
            self.status,
            self.text()
        );
        self
    }

    /// Asserts the value of a header. A missing header counts as empty.
    ///
    /// # Panics
    ///
    /// Panics if the value of the header is not `expected`.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) -> &Self {
        let actual = self.header(name);
        assert!(
            actual == expected,
            "{} returned {name}: {actual:?}, expected {expected:?}",
            self.request_line
        );
        self
    }

    /// Asserts that the body is this JSON value.
    ///
    /// # Panics
    ///
    /// Panics if the body is a different JSON value. The panic message has a line for each difference.
    #[track_caller]
    pub fn assert_json(&self, expected: impl Serialize) -> &Self {
        self.compare(expected, Compare::Equal)
    }

    /// Like [`assert_json`](Self::assert_json), but objects may have additional fields.
    ///
    /// # Panics
    ///
    /// Panics if an expected field is missing or has a different value.
    #[track_caller]
    pub fn assert_json_includes(&self, expected: impl Serialize) -> &Self {
        self.compare(expected, Compare::Includes)
    }

    /// Asserts that the response is a problem document (RFC 9457) with this status and `code`.
    ///
    /// # Panics
    ///
    /// Panics if the response has another status, content type or `code`.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        self.assert_header(header::CONTENT_TYPE.as_str(), "application/problem+json");
        self.assert_json_includes(serde_json::json!({"status": status, "code": code}))
    }

    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the expected value cannot be serialized"
    )]
    fn compare(&self, expected: impl Serialize, compare: Compare) -> &Self {
        let expected = match serde_json::to_value(expected) {
            Ok(expected) => expected,
            Err(error) => panic!("the expected value cannot be serialized as JSON: {error}"),
        };
        let differences = differences(&expected, &self.json(), compare);
        assert!(
            differences.is_empty(),
            "{} returned {} with an unexpected body:\n  {}",
            self.request_line,
            self.status,
            differences.join("\n  ")
        );
        self
    }
}
