//! A limit on how many requests a caller makes, told as draft-ietf-httpapi-ratelimit-headers-10 says.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::around::{Middleware, Next, layer};
use crate::{Context, DbError, Problem, query};

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How many requests a caller may make in which time.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Its name, as the headers say it: letters, digits, `-` and `_`.
    pub name: &'static str,
    /// How many requests.
    pub requests: u32,
    /// In which time, in whole seconds.
    pub window: Duration,
}

/// What became of a request that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitDecision {
    /// Whether the quota allows it.
    pub is_allowed: bool,
    /// How many more it allows now, where the limiter knows.
    pub remaining: Option<u32>,
    /// If the request is allowed, how long until the whole quota is there again; else, until the next request is allowed.
    pub after: Duration,
}

/// Counts requests.
pub trait RateLimiter: Clone + Send + Sync + 'static {
    /// Takes one request of `key` out of the quota. `key` is a hash, which tells nothing of who it is.
    ///
    /// # Errors
    ///
    /// When the count is not to be had: the request is then allowed, and the log says why it was.
    fn take(
        &self,
        context: &Context,
        key: &[u8],
        quota: &Quota,
    ) -> impl Future<Output = Result<RateLimitDecision, Problem>> + Send;
}

type By = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// Refuses requests beyond a quota with 429 and `Retry-After`, and says in `RateLimit` and `RateLimit-Policy` what is left.
///
/// Who is counted together is said by [`by_header`](Self::by_header) or [`by`](Self::by); without, all are. The count is in the
/// database, unless [`counted_by`](Self::counted_by) names another limiter: copy [`SqlRateLimiter::SCHEMA`] into a migration.
///
/// The quota refills bit by bit, not at the end of a window: of 60 a minute, one a second.
#[derive(Clone)]
pub struct RateLimit<L = SqlRateLimiter> {
    quota: Quota,
    by: By,
    limiter: L,
}

impl RateLimit {
    /// At most `requests` in `window`, in whole seconds and one at least.
    #[must_use]
    pub fn new(name: &'static str, requests: u32, window: Duration) -> Self {
        Self {
            quota: Quota {
                name,
                requests: requests.max(1),
                window: Duration::from_secs(window.as_secs().max(1)),
            },
            by: Arc::new(|_| Some(String::new())),
            limiter: SqlRateLimiter,
        }
    }
}

impl<L> RateLimit<L> {
    /// Counts for each value of this header apart, such as `authorization`, or the address that the host gives:
    /// `cf-connecting-ip` on Workers, `spin-client-addr` on Spin, what the proxy in front sets natively. Requests without it are
    /// counted together.
    #[must_use]
    pub fn by_header(self, name: &'static str) -> Self {
        self.by(move |request| {
            let values = request.headers.get_all(name).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            Some(values.collect::<Vec<_>>().join(", "))
        })
    }

    /// Counts for each key apart; a request for which there is none is not counted.
    #[must_use]
    pub fn by(mut self, key: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.by = Arc::new(key);
        self
    }

    /// Counts by another limiter.
    #[must_use]
    pub fn counted_by<M: RateLimiter>(self, limiter: M) -> RateLimit<M> {
        RateLimit {
            quota: self.quota,
            by: self.by,
            limiter,
        }
    }
}

layer! { RateLimit<L: RateLimiter> }

impl<L: RateLimiter> Middleware for RateLimit<L> {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let key = (self.by)(&parts);
        let request = Request::from_parts(parts, body);
        let Some(key) = key else {
            return next(request).await;
        };
        let name = self.quota.name;
        let hash = Sha256::new().chain_update(name).chain_update([0]);
        let hash = hash.chain_update(key).finalize();
        let taken = match self.limiter.take(&context, &hash, &self.quota).await {
            Ok(taken) => taken,
            Err(error) => {
                // An API that answers without a limit is better than none.
                not_counted(name, &error);
                return next(request).await;
            }
        };
        let mut response = if taken.is_allowed {
            next(request).await
        } else {
            self.refuse(&taken)
        };
        self.tell(&mut response, &taken);
        response
    }
}

fn not_counted(quota: &str, error: &Problem) {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, quota, "a request could not be counted");
}

impl<L> RateLimit<L> {
    fn refuse(&self, taken: &RateLimitDecision) -> Response {
        let Quota {
            requests, window, ..
        } = self.quota;
        let (window, after) = (window.as_secs(), seconds(taken.after));
        let detail = format!("at most {requests} requests in {window} s; try again in {after} s");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            .header(header::RETRY_AFTER, HeaderValue::from(after))
            .into_response()
    }

    /// Sections 3 and 4 of the draft.
    fn tell(&self, response: &mut Response, taken: &RateLimitDecision) {
        let Quota {
            name,
            requests,
            window,
        } = self.quota;
        let policy = format!("\"{name}\";q={requests};w={}", window.as_secs());
        let left = taken.remaining.map(|left| {
            let after = seconds(taken.after);
            (RATELIMIT, format!("\"{name}\";r={left};t={after}"))
        });
        for (name, value) in left.into_iter().chain([(RATELIMIT_POLICY, policy)]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
    }
}

/// Whole ones, and none too few.
fn seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000) as u64
}

impl<L> fmt::Debug for RateLimit<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("quota", &self.quota)
            .finish_non_exhaustive()
    }
}

/// Counts in the API's own database, by one statement a request.
///
/// It is the generic cell rate algorithm (ITU-T I.371): a row holds when the whole quota will be there again, each request puts
/// that off by its share of the window, and one that would put it off by more than the window is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqlRateLimiter;

impl SqlRateLimiter {
    /// The table: copy it into a migration of the API.
    pub const SCHEMA: &str = include_str!("../../schema/rate_limits.sql");
}

const TAKE: &str = "insert into rate_limits (key, full_at, is_refused) values (?1, ?2 + ?3, 0) \
    on conflict (key) do update set \
    is_refused = max(full_at, ?2) + ?3 > ?2 + ?4, \
    full_at = case when max(full_at, ?2) + ?3 > ?2 + ?4 then full_at else max(full_at, ?2) + ?3 end \
    returning full_at, is_refused";

/// One request in so many removes the rows that say nothing any more.
const SWEEP_ONE_IN: f64 = 100.0;

#[derive(Deserialize)]
struct Row {
    full_at: i64,
    is_refused: bool,
}

impl RateLimiter for SqlRateLimiter {
    async fn take(
        &self,
        context: &Context,
        key: &[u8],
        quota: &Quota,
    ) -> Result<RateLimitDecision, Problem> {
        let db = context.db();
        // In microseconds: a share of the window may be shorter than a millisecond.
        let now = context.clock().now().as_millis().saturating_mul(1000);
        let window = micros(quota.window);
        let share = (window / i64::from(quota.requests)).max(1);
        if context.random().fraction() < 1.0 / SWEEP_ONE_IN {
            let stale = query("delete from rate_limits where full_at < ?1").bind(now);
            stale.execute(&db).await?;
        }
        let take = query(TAKE).bind(key.to_vec()).bind(now).bind(share);
        let row: Result<Row, DbError> = take.bind(window).fetch_one(&db).await;
        let Row {
            full_at,
            is_refused,
        } = row?;
        let until_full = (full_at - now).max(0);
        let after = match is_refused {
            true => until_full + share - window,
            false => until_full,
        };
        Ok(RateLimitDecision {
            is_allowed: !is_refused,
            remaining: u32::try_from((window - until_full) / share).ok(),
            after: Duration::from_micros(u64::try_from(after).unwrap_or(0)),
        })
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
