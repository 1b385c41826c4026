//! The rate limit layer.

use std::time::Duration;

use whippet::axum::http::{HeaderMap, StatusCode};
use whippet::layers::{Quota, RateLimit, RateLimitDecision, RateLimiter, SqlRateLimiter};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Context, Migration, Migrations, Problem, dependency, query};

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_rate_limits.sql",
    sql: SqlRateLimiter::SCHEMA,
}]);

async fn hello() -> &'static str {
    "hello"
}

async fn app<L: RateLimiter>(layer: RateLimit<L>) -> TestApp {
    let app = App::new().migrations(MIGRATIONS).route("/", get(hello));
    TestApp::new(|_| Ok(app.layer(layer))).await
}

/// Returns a limit of three requests a minute.
fn three() -> RateLimit {
    RateLimit::new("default", 3, Duration::from_secs(60))
}

fn limit_headers(response: &TestResponse) -> (u16, &str, &str) {
    (
        response.status.as_u16(),
        response.header("ratelimit"),
        response.header("retry-after"),
    )
}

#[whippet::test]
fn the_remaining_quota_is_reported_and_refills_continuously() {
    block_on(async {
        let app = app(three()).await;
        for (seconds, expected) in [
            (0, (200, "\"default\";r=2;t=20", "")),
            (0, (200, "\"default\";r=1;t=40", "")),
            (0, (200, "\"default\";r=0;t=60", "")),
            (0, (429, "\"default\";r=0;t=20", "20")),
            (19, (429, "\"default\";r=0;t=1", "1")),
            (1, (200, "\"default\";r=0;t=60", "")),
            (0, (429, "\"default\";r=0;t=20", "20")),
            (45, (200, "\"default\";r=1;t=35", "")),
            (3600, (200, "\"default\";r=2;t=20", "")),
        ] {
            app.advance(Duration::from_secs(seconds)).await;
            let response = app.get("/").await;
            assert_eq!(limit_headers(&response), expected);
            assert_eq!(response.header("ratelimit-policy"), "\"default\";q=3;w=60");
        }
        for _ in 0..3 {
            app.get("/").await;
        }
        let rejected = app.get("/").await;
        assert_eq!(rejected.json()["code"], "rate_limited");
        assert_eq!(
            rejected.json()["detail"],
            "at most 3 requests in 60 s; retry in 20 s"
        );
    });
}

#[whippet::test]
fn callers_are_counted_separately() {
    block_on(async {
        let app = app(three().by_trusted_header("authorization")).await;
        for (key, remaining) in [("a", 2), ("b", 2), ("a", 1), ("a", 0)] {
            let response = app.get("/").bearer(key).await;
            assert!(
                response
                    .header("ratelimit")
                    .contains(&format!("r={remaining};")),
                "{key}"
            );
        }
        assert_eq!(
            app.get("/").bearer("a").await.status,
            StatusCode::TOO_MANY_REQUESTS
        );
        assert_eq!(app.get("/").bearer("b").await.status, StatusCode::OK);
        let keys: Vec<(Vec<u8>,)> = query("select key from rate_limits")
            .fetch_all(&app.context().db())
            .await
            .unwrap();
        assert!(
            keys.iter().all(|(key,)| key.len() == 32),
            "no credentials are stored"
        );
    });
}

/// The user to whom a key belongs.
#[derive(Clone)]
struct User(String);

#[dependency]
async fn user(headers: HeaderMap) -> Result<User, Problem> {
    let key = headers.get("authorization").map(|key| key.as_bytes());
    match key {
        Some(b"Bearer old" | b"Bearer new") => Ok(User("ada".to_owned())),
        _ => Err(Problem::unauthorized("wrong key")),
    }
}

#[whippet::test]
fn a_request_with_unverified_credentials_is_not_counted() {
    block_on(async {
        let app = app(three().by(|user: User| Some(user.0))).await;
        for number in 0..5 {
            let response = app.get("/").bearer(&format!("random{number}")).await;
            response.assert_problem(401, "authentication_failed");
        }
        assert!(app.statements().is_empty());
        for (key, remaining) in [("old", 2), ("new", 1)] {
            let response = app.get("/").bearer(key).await;
            let limit = response.header("ratelimit");
            assert!(limit.contains(&format!("r={remaining};")), "{limit}");
        }
    });
}

#[whippet::test]
fn a_rejected_request_may_be_retried_after_one_second_at_the_earliest() {
    block_on(async {
        for after in [0, 1, 999, 1_000_000, 1_000_000_000] {
            let app = app(three().counted_by(FixedLimiter(Ok(RateLimitDecision {
                is_allowed: false,
                remaining: None,
                after: Duration::from_nanos(after),
            }))))
            .await;
            assert_eq!(app.get("/").await.header("retry-after"), "1", "{after} ns");
        }
        // The quota grows by one request every 100 µs.
        let app = app(RateLimit::new("fast", 10_000, Duration::from_secs(1))).await;
        let mut rejected = app.get("/").await;
        while rejected.status == StatusCode::OK {
            rejected = app.get("/").await;
        }
        let headers = limit_headers(&rejected);
        assert_eq!(headers, (429, "\"fast\";r=0;t=1", "1"));
    });
}

#[whippet::test]
fn quotas_with_different_names_are_counted_separately() {
    block_on(async {
        let burst = RateLimit::new("burst", 1, Duration::from_secs(1));
        let routes = App::new().migrations(MIGRATIONS).route("/", get(hello));
        let app = TestApp::new(|_| Ok(routes.layer(three()).layer(burst))).await;
        assert_eq!(
            app.get("/")
                .await
                .headers
                .get_all("ratelimit")
                .iter()
                .count(),
            2
        );
        let rejected = app.get("/").await;
        assert_eq!(limit_headers(&rejected), (429, "\"burst\";r=0;t=1", "1"));
        app.advance(Duration::from_secs(1)).await;
        assert_eq!(limit_headers(&app.get("/").await).1, "\"default\";r=1;t=39");
    });
}

#[whippet::test]
fn requests_without_a_key_are_not_counted() {
    block_on(async {
        let by = three().by(|headers: HeaderMap| {
            let key = headers.get("x-key")?;
            key.to_str().ok().map(str::to_owned)
        });
        let app = app(by).await;
        for _ in 0..5 {
            let response = app.get("/").await;
            assert_eq!(
                (response.status, response.header("ratelimit-policy")),
                (StatusCode::OK, "")
            );
        }
        assert_eq!(
            app.get("/").header("x-key", "a").await.header("ratelimit"),
            "\"default\";r=2;t=20"
        );
    });
}

#[whippet::test]
fn the_rows_of_fully_refilled_quotas_are_deleted() {
    block_on(async {
        let app = app(three().by_trusted_header("x-key")).await;
        for key in 0..50 {
            app.get("/").header("x-key", &key.to_string()).await;
        }
        app.advance(Duration::from_secs(61)).await;
        let count = || async {
            let count = query("select count(*) from rate_limits");
            count.fetch_one::<i64>(&app.context().db()).await.unwrap()
        };
        // Each request deletes rows with a probability of 1 %. The probability that none of 5,000 requests deletes rows
        // is 10^-22.
        for _ in 0..5_000 {
            app.get("/").header("x-key", "one").await;
            if count().await == 1 {
                return;
            }
        }
        panic!("{} rows are left", count().await);
    });
}

#[derive(Clone)]
struct FixedLimiter(Result<RateLimitDecision, &'static str>);

impl RateLimiter for FixedLimiter {
    async fn take(&self, _: &Context, _: &[u8], _: &Quota) -> Result<RateLimitDecision, Problem> {
        self.0.map_err(Problem::internal)
    }
}

#[whippet::test]
fn a_custom_limiter_counts_requests() {
    block_on(async {
        let decision = |is_allowed| RateLimitDecision {
            is_allowed,
            remaining: None,
            after: Duration::from_millis(1_500),
        };
        let app = app(three().counted_by(FixedLimiter(Ok(decision(true))))).await;
        assert_eq!(limit_headers(&app.get("/").await), (200, "", ""));
        let app = self::app(three().counted_by(FixedLimiter(Ok(decision(false))))).await;
        assert_eq!(limit_headers(&app.get("/").await), (429, "", "2"));
    });
}

#[whippet::test]
fn requests_that_cannot_be_counted_are_allowed() {
    block_on(async {
        let app = app(three().counted_by(FixedLimiter(Err("the counter is down")))).await;
        assert_eq!(limit_headers(&app.get("/").await), (200, "", ""));
        let app = TestApp::new(|_| Ok(App::new().route("/", get(hello)).layer(three()))).await;
        assert_eq!(
            app.get("/").await.status,
            StatusCode::OK,
            "the table does not exist"
        );
    });
}
