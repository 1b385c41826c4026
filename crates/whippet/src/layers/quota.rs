//! Quotas, and the headers that report quotas to clients (draft-ietf-httpapi-ratelimit-headers-10).

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::Problem;
use crate::routing::Next;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The number of requests that a caller may send within a time window.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// The name of the quota in the headers: letters, digits, `-` and `_`.
    pub name: &'static str,
    /// The number of requests that the quota allows within the time window.
    pub requests: u32,
    /// The time window, in whole seconds.
    pub window: Duration,
}

/// The decision of a rate limiter about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitDecision {
    /// Whether the quota allows the request.
    pub is_allowed: bool,
    /// The number of further requests that the caller may send without a pause; `None` if the limiter does not know.
    pub remaining: Option<u32>,
    /// If the request is allowed, the time until the quota is full again. Otherwise, the time until the next request is
    /// allowed.
    pub after: Duration,
}

impl Quota {
    /// Creates a quota, which allows at least one request even if `requests` is 0. The window is rounded down to whole
    /// seconds, and is at least one second.
    #[must_use]
    pub fn new(name: &'static str, requests: u32, window: Duration) -> Self {
        Self {
            name,
            requests: requests.max(1),
            window: Duration::from_secs(window.as_secs().max(1)),
        }
    }

    /// Returns a hash of the quota's name and a caller's key. The hash does not reveal the caller.
    pub(super) fn hash(&self, key: &str) -> Vec<u8> {
        let hash = Sha256::new().chain_update(self.name).chain_update([0]);
        hash.chain_update(key).finalize().to_vec()
    }

    /// Passes an allowed request on to `next`, and rejects any other request. `rejection` creates the problem for a
    /// rejected request, still without a detail.
    pub(super) async fn respond(
        &self,
        decision: Result<RateLimitDecision, Problem>,
        rejection: impl FnOnce() -> Problem,
        request: Request,
        next: Next,
    ) -> Response {
        let Some(decision) = self.logged(decision) else {
            return next(request).await;
        };
        let mut response = match decision.is_allowed {
            true => next(request).await,
            false => self.reject(rejection(), &decision).into_response(),
        };
        self.add_headers(&mut response, &decision);
        response
    }

    /// Returns the decision. If the request could not be counted, logs the error, and returns `None`. A request that
    /// cannot be counted is allowed, because an API without a rate limit is better than an API that is down.
    pub(super) fn logged(
        &self,
        decision: Result<RateLimitDecision, Problem>,
    ) -> Option<RateLimitDecision> {
        let log = |error: &Problem| {
            let (error, quota): (&dyn std::error::Error, _) = (error, self.name);
            tracing::error!(error, quota, "a request could not be counted");
        };
        decision.inspect_err(log).ok()
    }

    /// Adds the detail and `Retry-After` to the problem that rejects a request.
    pub(super) fn reject(&self, problem: Problem, decision: &RateLimitDecision) -> Problem {
        let Self {
            requests, window, ..
        } = self;
        let (window, after) = (window.as_secs(), seconds(decision.after).max(1));
        let detail = format!("at most {requests} requests in {window} s; retry in {after} s");
        problem
            .with_detail(detail)
            .header(header::RETRY_AFTER, HeaderValue::from(after))
    }

    /// Adds the headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4).
    fn add_headers(&self, response: &mut Response, decision: &RateLimitDecision) {
        let Self {
            name,
            requests,
            window,
        } = self;
        let policy = format!("\"{name}\";q={requests};w={}", window.as_secs());
        let limit = decision.remaining.map(|remaining| {
            let after = seconds(decision.after);
            (RATELIMIT, format!("\"{name}\";r={remaining};t={after}"))
        });
        for (name, value) in limit.into_iter().chain([(RATELIMIT_POLICY, policy)]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
    }
}

/// Returns the time in seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
