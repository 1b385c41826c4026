//! Outbound HTTP, guarded: a time limit, no redirects, a size cap, and no targets inside private networks.

mod guard;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use futures_util::future::{BoxFuture, Either, select};
use url::Url;

pub use guard::{PrivateTarget, check_public, is_public};

use crate::otlp::Spans;
use crate::scope::Scope;
use crate::{Clock, Problem, Timestamp};

/// An outbound request as a host receives it.
#[derive(Debug, Clone)]
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// An `http` or `https` URL.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How many bytes of the response's body to read; the rest is not waited for.
    pub response_limit: usize,
    /// Whether the name may resolve to an address in a private network.
    pub allow_private: bool,
}

/// What a host implements: sending one request, following no redirect.
pub trait HttpClient: Send + Sync {
    /// Sends the request and reads the response up to its limit. Dropping the future gives the request up.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>>;
}

/// Outbound HTTP: taken as an argument by handlers and tasks.
///
/// ```
/// use std::time::Duration;
/// use whippet::{Fetch, FetchError};
///
/// async fn ping(fetch: &Fetch, url: &str) -> Result<bool, FetchError> {
///     let response = fetch.post(url).body("ping").timeout(Duration::from_secs(5)).send().await?;
///     Ok(response.status.is_success())
/// }
/// ```
#[derive(Clone)]
pub struct Fetch(Outbound);

/// What sending a request takes.
#[derive(Clone)]
pub(crate) struct Outbound {
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) clock: Clock,
    pub(crate) spans: Arc<Spans>,
    /// The request or task attempt that the calls are counted for, and whose trace they continue.
    pub(crate) scope: Option<Arc<Scope>>,
}

impl Fetch {
    pub(crate) fn new(outbound: Outbound) -> Self {
        Self(outbound)
    }

    /// A `GET` request.
    pub fn get(&self, url: impl Into<String>) -> FetchRequest {
        self.request(Method::GET, url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl Into<String>) -> FetchRequest {
        self.request(Method::POST, url)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, url: impl Into<String>) -> FetchRequest {
        FetchRequest {
            outbound: self.0.clone(),
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            response_limit: 1024 * 1024,
            allow_private: false,
        }
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fetch")
    }
}

/// A request being built; nothing happens until [`FetchRequest::send`].
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct FetchRequest {
    outbound: Outbound,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    timeout: Duration,
    response_limit: usize,
    allow_private: bool,
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

    /// The time until the response has been read; 30 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes of the response's body are kept; 1 MiB unless set.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Allows targets in private networks, which are refused otherwise.
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Sends the request. A redirect is an answer like any other: it is not followed. The trace of the request or task that this
    /// is sent for goes along in `traceparent` and `tracestate` (W3C trace context), unless the headers have one.
    ///
    /// # Errors
    ///
    /// When the URL is not an absolute `http` or `https` one, the target is in a private network, the time is up, or the
    /// connection fails. A status outside 2xx is no error.
    pub async fn send(self) -> Result<FetchResponse, FetchError> {
        let url = Url::parse(&self.url)
            .map_err(|error| FetchError::Url(format!("{:?}: {error}", self.url)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url(format!(
                "{:?} is neither http nor https",
                self.url
            )));
        }
        if !self.allow_private {
            check_public(&url)?;
        }
        let outbound = self.outbound;
        let mut request = OutboundRequest {
            method: self.method,
            url,
            headers: self.headers,
            body: self.body,
            response_limit: self.response_limit,
            allow_private: self.allow_private,
        };
        let Some(scope) = &outbound.scope else {
            return outbound.send(request, self.timeout).await;
        };
        let span = outbound.spans.start_call(scope);
        let trace = span.as_ref().unwrap_or(&scope.trace);
        trace.send(&mut request.headers);
        let span = span.map(|trace| (trace, request.method.clone(), request.url.clone()));
        scope.usage.fetches.add(1);
        let started = scope.now();
        let response = outbound.send(request, self.timeout).await;
        let ended = scope.now();
        scope.usage.fetch_ms.add_time(started, ended);
        if let Some((trace, method, url)) = span {
            let times = [started, ended];
            let outcome = response.as_ref().map(|response| response.status);
            let outcome = outcome.map_err(|error| error as &dyn std::error::Error);
            outbound
                .spans
                .add_call(&trace, (&method, &url), times, outcome);
        }
        response
    }
}

impl Outbound {
    /// Sends the request, and gives up when `timeout` has passed.
    async fn send(
        &self,
        request: OutboundRequest,
        timeout: Duration,
    ) -> Result<FetchResponse, FetchError> {
        let time_limit = std::pin::pin!(self.clock.sleep(timeout));
        match select(self.http.send(request), time_limit).await {
            Either::Left((response, _)) => response,
            Either::Right(((), _)) => Err(FetchError::Timeout(timeout)),
        }
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound")
    }
}

/// The answer to an outbound request.
#[derive(Debug, Clone)]
pub struct FetchResponse {
    /// The status, whatever it is.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, up to the limit.
    pub body: Bytes,
}

impl FetchResponse {
    /// How long the server asks to be left alone: `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3).
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

/// Why an outbound request got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL cannot be used.
    Url(String),
    /// The target is inside a private network.
    Private(PrivateTarget),
    /// No whole answer within the time limit.
    Timeout(Duration),
    /// The connection could not be made or broke.
    Connect(String),
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the URL cannot be used: {why}"),
            Self::Private(target) => target.fmt(f),
            Self::Timeout(after) => write!(f, "no answer within {} s", after.as_secs_f64()),
            Self::Connect(why) => write!(f, "the connection failed: {why}"),
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
