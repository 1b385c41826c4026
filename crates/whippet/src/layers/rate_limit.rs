//! Rate limits, and the headers that report rate limits to clients (draft-ietf-httpapi-ratelimit-headers-10).

use std::fmt;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::caller::{Caller, caller};
use super::layer_service::{Middleware, Next, layer};
use super::quota::{Quota, RateLimitDecision};
use crate::{Context, DbError, Problem, query};

/// Counts requests.
pub trait RateLimiter: Clone + Send + Sync + 'static {
    /// Counts one request from the caller `key` against the quota. `key` is a hash that does not reveal the caller.
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

/// Responds 429 with `Retry-After` to requests over a quota. Reports the remaining quota in the headers `RateLimit` and
/// `RateLimit-Policy`.
///
/// With [`by`](Self::by), each authenticated caller has a separate quota. With
/// [`by_trusted_header`](Self::by_trusted_header), each client address has a separate quota. Without these methods, all
/// requests share one quota. The default limiter counts requests in the database: copy [`SqlRateLimiter::SCHEMA`] into
/// a migration. [`counted_by`](Self::counted_by) sets another limiter.
///
/// The quota refills continuously, not at the end of a window: a quota of 60 requests a minute refills by one request a
/// second.
///
/// ```
/// use std::time::Duration;
/// use whippet::layers::{RateLimit, SqlRateLimiter};
/// use whippet::routing::get;
/// use whippet::testing::TestApp;
/// use whippet::axum::http::HeaderMap;
/// use whippet::{App, Migration, Migrations, Problem, dependency};
///
/// const MIGRATIONS: Migrations = Migrations::new(&[Migration {
///     name: "0001_rate_limits.sql",
///     sql: SqlRateLimiter::SCHEMA,
/// }]);
///
/// /// The caller, whose key has been checked.
/// #[derive(Clone)]
/// struct User(&'static str);
///
/// #[dependency]
/// async fn user(headers: HeaderMap) -> Result<User, Problem> {
///     match headers.get("x-key").map(|key| key.as_bytes()) {
///         Some(b"ada's key") => Ok(User("ada")),
///         Some(b"bob's key") => Ok(User("bob")),
///         _ => Err(Problem::unauthorized("the key is missing or wrong")),
///     }
/// }
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
///         .layer(quota.by(|user: User| Some(user.0.to_owned())))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// let ask = |key| app.get("/").header("x-key", key);
/// ask("ada's key").await.assert_status(200);
/// ask("ada's key").await.assert_status(429).assert_header("retry-after", "60");
/// ask("bob's key").await.assert_status(200);
/// ask("a guess").await.assert_status(401);
/// # });
/// ```
#[derive(Clone)]
pub struct RateLimit<L = SqlRateLimiter> {
    quota: Quota,
    /// `None` if all requests share one quota.
    caller: Option<Caller<Option<String>>>,
    limiter: L,
}

impl RateLimit {
    /// Creates a layer that allows at most `requests` in `window`. The window is rounded down to whole seconds, and is
    /// at least one second.
    #[must_use]
    pub fn new(name: &'static str, requests: u32, window: Duration) -> Self {
        Self {
            quota: Quota::new(name, requests, window),
            caller: None,
            limiter: SqlRateLimiter,
        }
    }
}

impl<L> RateLimit<L> {
    /// Counts requests separately for each caller. `key` gets a dependency of the app, such as the authenticated user,
    /// and returns text that identifies the caller. If `key` returns `None`, the request is not counted.
    ///
    /// The layer resolves the dependency first. If the dependency rejects a request, the client gets the rejection, and
    /// the request is not counted. So a request with random credentials gets neither a quota nor a row in the table. To
    /// limit rejected requests, add an outer layer that counts [by client address](Self::by_trusted_header).
    ///
    /// The text that `key` returns must come from verified data. With text from an unverified header, a caller gets a
    /// new quota for every new value of the header.
    ///
    /// In a layer of the whole app, the dependency cannot read path parameters.
    #[must_use]
    pub fn by<D>(mut self, key: impl Fn(D) -> Option<String> + Send + Sync + 'static) -> Self
    where
        D: FromRequestParts<Context> + 'static,
    {
        self.caller = Some(caller(key));
        self
    }

    /// Counts requests separately for each value of the header `name`. The platform or a proxy must set the header, so
    /// that clients cannot choose its value. Requests without the header are counted together.
    ///
    /// The client's address is in the header `cf-connecting-ip` on Workers, in `spin-client-addr` on Spin, and natively
    /// in the header that your reverse proxy sets. Clients choose the values of headers such as `authorization`. Verify
    /// such a header in a dependency, and count requests with [`by`](Self::by).
    #[must_use]
    pub fn by_trusted_header(self, name: &'static str) -> Self {
        self.by(move |headers: HeaderMap| {
            let values = headers.get_all(name).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            Some(values.collect::<Vec<_>>().join(", "))
        })
    }

    /// Sets the limiter that counts requests.
    #[must_use]
    pub fn counted_by<M: RateLimiter>(self, limiter: M) -> RateLimit<M> {
        RateLimit {
            quota: self.quota,
            caller: self.caller,
            limiter,
        }
    }
}

layer! { RateLimit<L: RateLimiter> }

impl<L: RateLimiter> Middleware for RateLimit<L> {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let (mut parts, body) = request.into_parts();
        let key = match &self.caller {
            None => Some(String::new()),
            Some(caller) => match caller.identify(&mut parts, &context).await {
                Ok(key) => key,
                Err(rejection) => return rejection,
            },
        };
        let request = Request::from_parts(parts, body);
        let Some(key) = key else {
            return next(request).await;
        };
        let hash = self.quota.hash(&key);
        let decision = self.limiter.take(&context, &hash, &self.quota).await;
        let rejection = || Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "");
        self.quota.respond(decision, rejection, request, next).await
    }
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
/// The algorithm is the generic cell rate algorithm (ITU-T I.371). A row of the table contains the time when a caller's
/// quota is full again. Each allowed request moves this time forward by `window / requests`. A request is rejected if
/// it would move this time more than one window into the future.
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

/// On average, one in `SWEEP_ONE_IN` requests deletes the rows of callers whose quota is full again.
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
        // Times are in microseconds, because `window / requests` may be shorter than a millisecond.
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
