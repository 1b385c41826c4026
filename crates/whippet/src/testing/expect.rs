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

/// A call as a test expects it: what is not said may be anything.
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
    /// A call with any method; the URL as the URL parser writes it.
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

    /// A `GET`.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(url: &str) -> Self {
        Self::new(Method::POST, url)
    }

    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this body, to the byte.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With this JSON as its body, however it is written.
    ///
    /// # Panics
    ///
    /// When it cannot be written as JSON.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a test whose expectation cannot be written has failed"
    )]
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.json = Some(serde_json::to_value(body).expect("JSON"));
        self
    }

    fn fits(&self, request: &OutboundRequest) -> bool {
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

/// What an expected call is answered, and how often it comes: once, with 200 and an empty body, unless said otherwise.
///
/// Calls that no expectation fits fail the test, and so does an expectation that is not met when the app is dropped.
#[derive(Debug, Clone)]
pub struct Expectation(Arc<Mutex<Expected>>);

#[derive(Debug)]
struct Expected {
    call: Call,
    answer: Result<FetchResponse, FetchError>,
    after: Duration,
    /// `None`: as often as it likes.
    times: Option<usize>,
    calls: Vec<OutboundRequest>,
}

impl Expectation {
    pub(super) fn new(call: Call) -> Self {
        Self(Arc::new(Mutex::new(Expected {
            call,
            answer: Ok(FetchResponse {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            }),
            after: Duration::ZERO,
            times: Some(1),
            calls: Vec::new(),
        })))
    }

    fn answered(self, change: impl FnOnce(&mut FetchResponse)) -> Self {
        if let Ok(answer) = &mut lock(&self.0).answer {
            change(answer);
        }
        self
    }

    /// Answers with this status.
    ///
    /// # Panics
    ///
    /// When the number is no status.
    #[expect(clippy::expect_used, reason = "a test with a wrong number has failed")]
    pub fn reply(self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status from 100 to 999");
        self.answered(|answer| answer.status = status)
    }

    /// Answers with this header.
    ///
    /// # Panics
    ///
    /// When name or value cannot be a header's.
    #[expect(clippy::expect_used, reason = "a test with a wrong header has failed")]
    pub fn reply_header(self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name of a header");
        let value: HeaderValue = value.parse().expect("the value of a header");
        self.answered(|answer| {
            answer.headers.append(name, value);
        })
    }

    /// Answers with this body.
    pub fn reply_body(self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.answered(|answer| answer.body = body)
    }

    /// Fails the call.
    pub fn fail(self, error: FetchError) -> Self {
        lock(&self.0).answer = Err(error);
        self
    }

    /// Answers after this time, which [`TestApp::advance`](super::TestApp::advance) lets pass.
    pub fn after(self, delay: impl IntoDuration) -> Self {
        lock(&self.0).after = delay.into_duration();
        self
    }

    /// How often the call comes.
    pub fn times(self, times: usize) -> Self {
        lock(&self.0).times = Some(times);
        self
    }

    /// The call may come as often as it likes, or never.
    pub fn any_times(self) -> Self {
        lock(&self.0).times = None;
        self
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<OutboundRequest> {
        lock(&self.0).calls.clone()
    }

    /// Takes the call, if it is this one and still expected: what it is answered, and after which time.
    pub(super) fn take(
        &self,
        request: &OutboundRequest,
    ) -> Option<(Duration, Result<FetchResponse, FetchError>)> {
        let mut expected = lock(&self.0);
        let open = expected
            .times
            .is_none_or(|times| expected.calls.len() < times);
        if !open || !expected.call.fits(request) {
            return None;
        }
        expected.calls.push(request.clone());
        Some((expected.after, expected.answer.clone()))
    }

    /// What is missing, in words.
    pub(super) fn unmet(&self) -> Option<String> {
        let expected = lock(&self.0);
        let (times, came) = (expected.times?, expected.calls.len());
        let Call { method, url, .. } = &expected.call;
        (came < times)
            .then(|| format!("{method} {url} was expected {times} times and came {came} times"))
    }
}
