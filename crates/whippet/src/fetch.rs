//! Outbound HTTP, with a time limit, a size limit and a guard against targets in private networks. Redirects are not
//! followed.

mod guard;
mod receive;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use futures_util::future::BoxFuture;
use url::Url;

pub use guard::{PrivateTarget, check_public, is_public};
pub(crate) use receive::send;

use crate::otlp::SpanExporter;
use crate::scope::Scope;
use crate::{Clock, Problem, Timestamp};

/// An outbound request that a host sends.
#[derive(Debug, Clone)]
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// The URL of the target, with the scheme `http` or `https`.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The maximum number of bytes that the caller reads from the body of the response.
    pub response_limit: usize,
    /// Whether the host name is allowed to resolve to an address in a private network.
    pub allow_private: bool,
}

/// The trait that hosts implement to send outbound requests. Hosts do not follow redirects.
pub trait HttpClient: Send + Sync {
    /// Sends the request, and returns the response as soon as the head of the response has arrived. The body of the
    /// response is a stream. Dropping the future or the body cancels the request.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<Response<Body>, FetchError>>;
}

/// Sends outbound HTTP requests. Handlers and tasks take a `Fetch` as an argument.
///
/// ```
/// use std::time::Duration;
/// use whippet::{App, Fetch, Problem, routing::post};
///
/// async fn ping(fetch: Fetch) -> Result<String, Problem> {
///     let request = fetch.post("https://hook.example/ping").body("ping");
///     let response = request.timeout(Duration::from_secs(5)).send().await?;
///     Ok(format!("the hook responded {}", response.status))
/// }
///
/// fn app() -> App {
///     App::new().route("/ping", post(ping))
/// }
/// # use whippet::testing::{Call, TestApp};
/// # whippet::testing::block_on(async {
/// # let app = TestApp::new(|_| Ok(app())).await;
/// # app.expect(Call::post("https://hook.example/ping"));
/// # assert_eq!(app.post("/ping").await.text(), "the hook responded 200 OK");
/// # });
/// ```
#[derive(Clone)]
pub struct Fetch(OutboundClient);

/// The services of the host and the app that [`FetchRequest`] uses to send a request.
#[derive(Clone)]
pub(crate) struct OutboundClient {
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) clock: Clock,
    pub(crate) span_exporter: Arc<SpanExporter>,
    /// The scope of the request or task attempt that sends the outbound requests.
    pub(crate) scope: Option<Arc<Scope>>,
}

impl Fetch {
    pub(crate) fn new(client: OutboundClient) -> Self {
        Self(client)
    }

    /// Creates a `GET` request, which [`FetchRequest::send`] sends.
    pub fn get(&self, url: impl Into<String>) -> FetchRequest {
        self.request(Method::GET, url)
    }

    /// Creates a `POST` request, which [`FetchRequest::send`] sends.
    pub fn post(&self, url: impl Into<String>) -> FetchRequest {
        self.request(Method::POST, url)
    }

    /// Creates a request with any method, which [`FetchRequest::send`] sends.
    pub fn request(&self, method: Method, url: impl Into<String>) -> FetchRequest {
        FetchRequest {
            client: self.0.clone(),
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            response_limit: 1024 * 1024,
            allow_private: false,
            propagate_trace: false,
        }
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fetch")
    }
}

/// A request that is being built. [`FetchRequest::send`] sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct FetchRequest {
    client: OutboundClient,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    timeout: Duration,
    response_limit: usize,
    allow_private: bool,
    propagate_trace: bool,
}

impl FetchRequest {
    /// Sets a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the time limit for sending the request and reading the response: 30 s by default. If only a part of the
    /// response's body arrives in time, `send` returns the response with this part.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum number of bytes that are read from the response's body: 1 MiB by default. The rest of the body
    /// is ignored.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Allows targets in private networks, which are rejected by default.
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Adds the headers `traceparent` and `tracestate` of the current request or task to the outbound request (W3C
    /// Trace Context), unless the outbound request already has a `traceparent`. By default, no trace header is sent.
    ///
    /// Propagate the trace only to services of your own system. The trace id and `tracestate` come from the caller of
    /// the API, and may identify this caller. Services that receive the same trace id can detect that their requests
    /// belong together (Trace Context section "Privacy Considerations").
    pub fn propagate_trace(mut self, propagate: bool) -> Self {
        self.propagate_trace = propagate;
        self
    }

    /// Sends the request and reads the response. Redirects are not followed, so `send` also returns responses with a
    /// 3xx status.
    ///
    /// `send` succeeds if the head of the response arrives. If the body then ends early or exceeds the time limit, the
    /// response contains the part of the body that arrived, and a warning is logged. If you need the whole body,
    /// compare its length with `Content-Length`, or use a format that detects missing parts.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is not an absolute `http` or `https` URL, or if the target is in a private network.
    /// Also returns an error if the connection fails, or the time limit expires, before the head of the response has
    /// arrived. A status outside 2xx is not an error.
    pub async fn send(self) -> Result<FetchResponse, FetchError> {
        let url = Url::parse(&self.url)
            .map_err(|error| FetchError::Url(format!("{:?}: {error}", self.url)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url(format!(
                "{:?} does not start with http:// or https://",
                self.url
            )));
        }
        if !self.allow_private {
            check_public(&url)?;
        }
        let client = self.client;
        let mut request = OutboundRequest {
            method: self.method,
            url,
            headers: self.headers,
            body: self.body,
            response_limit: self.response_limit,
            allow_private: self.allow_private,
        };
        let Some(scope) = &client.scope else {
            return send(&*client.http, &client.clock, request, self.timeout).await;
        };
        let span = client.span_exporter.start_call(scope);
        if self.propagate_trace {
            let trace = span.as_ref().unwrap_or(&scope.trace);
            trace.add_to(&mut request.headers);
        }
        let span = span.map(|trace| (trace, request.method.clone(), request.url.clone()));
        scope.usage.fetches.add(1);
        let started = scope.now();
        let response = send(&*client.http, &client.clock, request, self.timeout).await;
        let ended = scope.now();
        scope.usage.fetch_ms.add_time(started, ended);
        if let Some((trace, method, url)) = span {
            let times = [started, ended];
            let outcome = response.as_ref().map(|response| response.status);
            let outcome = outcome.map_err(|error| error as &dyn std::error::Error);
            client
                .span_exporter
                .add_call(&trace, (&method, &url), times, outcome);
        }
        response
    }
}

impl std::fmt::Debug for OutboundClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutboundClient")
    }
}

/// The response to an outbound request.
#[derive(Debug, Clone)]
pub struct FetchResponse {
    /// The status, which may be an error status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The part of the body that arrived, up to the limit that [`FetchRequest::response_limit`] sets.
    pub body: Bytes,
}

impl FetchResponse {
    /// Returns how long to wait before the next request. The header `Retry-After` of the response states this as a
    /// number of seconds or as a date (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some((Timestamp::from_millis(0) + since_epoch).since(now))
    }
}

/// The reason why an outbound request has no response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL is not valid, or its scheme is not supported.
    Url(String),
    /// The target is in a private network.
    Private(PrivateTarget),
    /// The head of the response did not arrive within the time limit.
    Timeout(Duration),
    /// The connection could not be established, or was lost before the head of the response arrived.
    Connect(String),
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(reason) => write!(f, "the URL cannot be used: {reason}"),
            Self::Private(target) => target.fmt(f),
            Self::Timeout(after) => write!(f, "no response within {} s", after.as_secs_f64()),
            Self::Connect(reason) => write!(f, "the connection failed: {reason}"),
        }
    }
}

impl std::error::Error for FetchError {}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        Self::internal(error)
    }
}

impl From<PrivateTarget> for FetchError {
    fn from(target: PrivateTarget) -> Self {
        Self::Private(target)
    }
}
