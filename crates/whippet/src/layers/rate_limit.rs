//! Rate limits, with the headers of draft-ietf-httpapi-ratelimit-headers-10.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::layer_service::{Middleware, Next, layer};
use crate::{Context, DbError, Problem, query};

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

/// The decision of a [`RateLimiter`] about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitDecision {
    /// Whether the quota allows the request.
    pub is_allowed: bool,
    /// How many more requests the quota allows now; `None` if the limiter does not know.
    pub remaining: Option<u32>,
    /// The time until the quota is full again, if the request is allowed, or the time until the next request is
    /// allowed, if the request is rejected.
    pub after: Duration,
}

/// Counts requests.
pub trait RateLimiter: Clone + Send + Sync + 'static {
    /// Counts one request of the caller `key` against the quota. `key` is a hash that does not reveal the caller.
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be counted. The layer allows a request that cannot be counted, and logs
    /// the error.
    fn take(
        &self,
        context: &Context,
        key: &[u8],
        quota: &Quota,
    ) -> impl Future<Output = Result<RateLimitDecision, Problem>> + Send;
}

type KeyOf = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// Rejects requests over a quota with 429 and `Retry-After`, and reports the remaining quota in `RateLimit` and
/// `RateLimit-Policy`.
///
/// [`by_header`](Self::by_header) or [`by`](Self::by) gives each caller a separate quota; without these methods, all
/// requests share one quota. The default limiter counts requests in the database: copy [`SqlRateLimiter::SCHEMA`] into
/// a migration. [`counted_by`](Self::counted_by) sets another limiter.
///
/// The quota refills continuously, not at the end of a window: 60 requests a minute refill at one a second.
///
/// ```
/// use std::time::Duration;
/// use whippet::layers::{RateLimit, SqlRateLimiter};
/// use whippet::routing::get;
/// use whippet::testing::TestApp;
/// use whippet::{App, Migration, Migrations};
///
/// const MIGRATIONS: Migrations = Migrations::new(&[Migration {
///     name: "0001_rate_limits.sql",
///     sql: SqlRateLimiter::SCHEMA,
/// }]);
///
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// fn app() -> App {
///     let quota = RateLimit::new("default", 1, Duration::from_secs(60));
///     App::new()
///         .migrations(MIGRATIONS)
///         .route("/", get(hello))
///         .layer(quota.by_header("authorization"))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// app.get("/").bearer("ada").await.assert_status(200);
/// app.get("/").bearer("ada").await.assert_status(429).assert_header("retry-after", "60");
/// app.get("/").bearer("bob").await.assert_status(200);
/// # });
/// ```
#[derive(Clone)]
pub struct RateLimit<L = SqlRateLimiter> {
    quota: Quota,
    key_of: KeyOf,
    limiter: L,
}

impl RateLimit {
    /// Creates a layer that allows at most `requests` in `window`, which is rounded down to whole seconds and is at
    /// least one second.
    #[must_use]
    pub fn new(name: &'static str, requests: u32, window: Duration) -> Self {
        Self {
            quota: Quota {
                name,
                requests: requests.max(1),
                window: Duration::from_secs(window.as_secs().max(1)),
            },
            key_of: Arc::new(|_| Some(String::new())),
            limiter: SqlRateLimiter,
        }
    }
}

impl<L> RateLimit<L> {
    /// Counts requests separately for each value of the header `name`, such as `authorization`. The client's address is
    /// in the header `cf-connecting-ip` on Workers, in `spin-client-addr` on Spin, and natively in the header that your
    /// reverse proxy sets. Requests without the header are counted together.
    #[must_use]
    pub fn by_header(self, name: &'static str) -> Self {
        self.by(move |request| {
            let values = request.headers.get_all(name).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            Some(values.collect::<Vec<_>>().join(", "))
        })
    }

    /// Counts requests separately for each key that `key` returns. A request is not counted if `key` returns `None`.
    #[must_use]
    pub fn by(mut self, key: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.key_of = Arc::new(key);
        self
    }

    /// Sets the limiter that counts requests.
    #[must_use]
    pub fn counted_by<M: RateLimiter>(self, limiter: M) -> RateLimit<M> {
        RateLimit {
            quota: self.quota,
            key_of: self.key_of,
            limiter,
        }
    }
}

layer! { RateLimit<L: RateLimiter> }

impl<L: RateLimiter> Middleware for RateLimit<L> {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let key = (self.key_of)(&parts);
        let request = Request::from_parts(parts, body);
        let Some(key) = key else {
            return next(request).await;
        };
        let name = self.quota.name;
        let hash = Sha256::new().chain_update(name).chain_update([0]);
        let hash = hash.chain_update(key).finalize();
        let decision = match self.limiter.take(&context, &hash, &self.quota).await {
            Ok(decision) => decision,
            Err(error) => {
                // The request is allowed, because an API without a rate limit is better than an API that is down.
                log_uncounted(name, &error);
                return next(request).await;
            }
        };
        let mut response = if decision.is_allowed {
            next(request).await
        } else {
            self.reject(&decision)
        };
        self.add_headers(&mut response, &decision);
        response
    }
}

fn log_uncounted(quota: &str, error: &Problem) {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, quota, "a request could not be counted");
}

impl<L> RateLimit<L> {
    fn reject(&self, decision: &RateLimitDecision) -> Response {
        let Quota {
            requests, window, ..
        } = self.quota;
        let (window, after) = (window.as_secs(), seconds(decision.after));
        let detail = format!("at most {requests} requests in {window} s; retry in {after} s");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            .header(header::RETRY_AFTER, HeaderValue::from(after))
            .into_response()
    }

    /// Adds the headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4).
    fn add_headers(&self, response: &mut Response, decision: &RateLimitDecision) {
        let Quota {
            name,
            requests,
            window,
        } = self.quota;
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
    time.as_millis().div_ceil(1000) as u64
}

impl<L> fmt::Debug for RateLimit<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("quota", &self.quota)
            .finish_non_exhaustive()
    }
}

/// Counts requests in the API's database, with one statement per request.
///
/// The algorithm is the generic cell rate algorithm (ITU-T I.371). A row of the table holds the time at which the quota
/// of a caller is full again. Each allowed request moves the time at which the quota is full into the future by the
/// request's share of the window. A request is rejected if its share would move the time at which the quota is full
/// more than one window into the future.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqlRateLimiter;

impl SqlRateLimiter {
    /// The SQL that creates the table of the rate limiter. Copy the SQL into a migration.
    pub const SCHEMA: &str = include_str!("../../schema/rate_limits.sql");
}

const TAKE: &str = "insert into rate_limits (key, full_at, is_refused) values (?1, ?2 + ?3, 0) \
    on conflict (key) do update set \
    is_refused = max(full_at, ?2) + ?3 > ?2 + ?4, \
    full_at = case when max(full_at, ?2) + ?3 > ?2 + ?4 then full_at else max(full_at, ?2) + ?3 end \
    returning full_at, is_refused";

/// On average, one request in this many deletes the rows of callers whose quota is full again.
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
        // Times are in microseconds, because a request's share of the window may be shorter than a millisecond.
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
