//! Outbound calls that a test expects.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::{IntoDuration, lock};
use crate::host::OutboundRequest;
use crate::{FetchError, FetchResponse};

/// An outbound call that a test expects. A request of the app matches if it has the method, the URL, and the headers
/// and body that are set.
///
/// ```
/// use whippet::testing::Call;
///
/// Call::post("https://hook.example/in").header("x-kind", "new").json(&["a", "b"]);
/// ```
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    json: Option<Value>,
}

impl Call {
    /// Creates a call with this method and URL. [`url::Url`] normalizes the URL.
    #[must_use]
    pub fn new(method: Method, url: &str) -> Self {
        let parsed = url::Url::parse(url).map(String::from);
        Self {
            method,
            url: parsed.unwrap_or_else(|_| url.to_owned()),
            headers: Vec::new(),
            body: None,
            json: None,
        }
    }

    /// Creates a `GET` call.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    /// Creates a `POST` call.
    #[must_use]
    pub fn post(url: &str) -> Self {
        Self::new(Method::POST, url)
    }

    /// Matches calls with this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Matches calls with exactly this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Matches calls whose body is this JSON value. The formatting and the order of fields do not matter.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be serialized as JSON.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the test fails with a panic if the expected body cannot be serialized"
    )]
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.json = Some(serde_json::to_value(body).expect("JSON"));
        self
    }

    fn matches(&self, request: &OutboundRequest) -> bool {
        let has = |(name, value): &(String, String)| {
            let sent = request.headers.get(name.as_str());
            sent.is_some_and(|sent| sent.as_bytes() == value.as_bytes())
        };
        let json = |expected: &Value| {
            serde_json::from_slice::<Value>(&request.body).is_ok_and(|sent| sent == *expected)
        };
        self.method == request.method
            && self.url == request.url.as_str()
            && self.headers.iter().all(has)
            && self.body.as_ref().is_none_or(|body| *body == request.body)
            && self.json.as_ref().is_none_or(json)
    }
}

/// Configures an expected call: its response, and how often the app has to make it. By default, the response is a 200
/// with an empty body, and the app has to make the call once.
///
/// The test fails if a call matches no expectation. The test also fails if an expectation is not met when the app is
/// dropped.
#[derive(Debug, Clone)]
pub struct Expectation(Arc<Mutex<Expected>>);

#[derive(Debug)]
struct Expected {
    call: Call,
    outcome: Result<FetchResponse, FetchError>,
    after: Duration,
    /// How many times the app has to make the call. `None` allows any number.
    times: Option<usize>,
    calls: Vec<OutboundRequest>,
}

impl Expectation {
    pub(super) fn new(call: Call) -> Self {
        Self(Arc::new(Mutex::new(Expected {
            call,
            outcome: Ok(FetchResponse {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            }),
            after: Duration::ZERO,
            times: Some(1),
            calls: Vec::new(),
        })))
    }

    fn change_response(self, change: impl FnOnce(&mut FetchResponse)) -> Self {
        if let Ok(response) = &mut lock(&self.0).outcome {
            change(response);
        }
        self
    }

    /// Sets the status of the response to the call.
    ///
    /// # Panics
    ///
    /// Panics if the number is not a valid status.
    #[expect(clippy::expect_used, reason = "an invalid status fails the test")]
    pub fn reply(self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status must be from 100 to 999");
        self.change_response(|response| response.status = status)
    }

    /// Adds this header to the response to the call.
    ///
    /// # Panics
    ///
    /// Panics if the name or the value is not valid in a header.
    #[expect(clippy::expect_used, reason = "an invalid header fails the test")]
    pub fn reply_header(self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a valid header name");
        let value: HeaderValue = value.parse().expect("a valid header value");
        self.change_response(|response| {
            response.headers.append(name, value);
        })
    }

    /// Sets the body of the response to the call.
    pub fn reply_body(self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.change_response(|response| response.body = body)
    }

    /// Makes the call fail with this error instead of returning a response.
    pub fn fail(self, error: FetchError) -> Self {
        lock(&self.0).outcome = Err(error);
        self
    }

    /// Delays the response by this duration of virtual time: see [`TestApp::advance`](super::TestApp::advance).
    pub fn after(self, delay: impl IntoDuration) -> Self {
        lock(&self.0).after = delay.into_duration();
        self
    }

    /// Expects the call exactly this many times.
    pub fn times(self, times: usize) -> Self {
        lock(&self.0).times = Some(times);
        self
    }

    /// Allows the call any number of times, including never.
    pub fn any_times(self) -> Self {
        lock(&self.0).times = None;
        self
    }

    /// Returns the matching calls that the app has made so far.
    pub fn calls(&self) -> Vec<OutboundRequest> {
        lock(&self.0).calls.clone()
    }

    /// If the request matches this expectation and further calls are expected, records the call. Then returns the delay
    /// of the response, and the response or an error. Otherwise, returns `None`.
    pub(super) fn take(
        &self,
        request: &OutboundRequest,
    ) -> Option<(Duration, Result<FetchResponse, FetchError>)> {
        let mut expected = lock(&self.0);
        let is_open = expected
            .times
            .is_none_or(|times| expected.calls.len() < times);
        if !is_open || !expected.call.matches(request) {
            return None;
        }
        expected.calls.push(request.clone());
        Some((expected.after, expected.outcome.clone()))
    }

    /// Returns an error message if the expectation is not met.
    pub(super) fn unmet(&self) -> Option<String> {
        let expected = lock(&self.0);
        let (times, calls) = (expected.times?, expected.calls.len());
        let Call { method, url, .. } = &expected.call;
        (calls < times)
            .then(|| format!("{method} {url} was expected {times} times but called {calls} times"))
    }
}
