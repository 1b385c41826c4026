//! The rate limit layer.

use std::time::Duration;

use whippet::axum::http::StatusCode;
use whippet::layers::{Quota, RateLimit, RateLimitDecision, RateLimiter, SqlRateLimiter};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Context, Migration, Migrations, Problem, query};

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

/// Three a minute.
fn three() -> RateLimit {
    RateLimit::new("default", 3, Duration::from_secs(60))
}

fn told(answer: &TestResponse) -> (u16, &str, &str) {
    (
        answer.status.as_u16(),
        answer.header("ratelimit"),
        answer.header("retry-after"),
    )
}

#[whippet::test]
fn a_quota_is_told_spent_and_refilled_bit_by_bit() {
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
            let answer = app.get("/").await;
            assert_eq!(told(&answer), expected);
            assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=60");
        }
        for _ in 0..3 {
            app.get("/").await;
        }
        let refused = app.get("/").await;
        assert_eq!(refused.json()["code"], "rate_limited");
        assert_eq!(
            refused.json()["detail"],
            "at most 3 requests in 60 s; retry in 20 s"
        );
    });
}

#[whippet::test]
fn callers_are_counted_apart() {
    block_on(async {
        let app = app(three().by_header("authorization")).await;
        for (key, left) in [("a", 2), ("b", 2), ("a", 1), ("a", 0)] {
            let answer = app.get("/").bearer(key).await;
            assert!(
                answer.header("ratelimit").contains(&format!("r={left};")),
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
            "no credentials are kept"
        );
    });
}

#[whippet::test]
fn quotas_of_different_names_are_counted_apart() {
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
        let refused = app.get("/").await;
        assert_eq!(told(&refused), (429, "\"burst\";r=0;t=1", "1"));
        app.advance(Duration::from_secs(1)).await;
        assert_eq!(told(&app.get("/").await).1, "\"default\";r=1;t=39");
    });
}

#[whippet::test]
fn what_has_no_key_is_not_counted() {
    block_on(async {
        let by = three().by(|request| {
            request
                .headers
                .get("x-key")?
                .to_str()
                .ok()
                .map(str::to_owned)
        });
        let app = app(by).await;
        for _ in 0..5 {
            let answer = app.get("/").await;
            assert_eq!(
                (answer.status, answer.header("ratelimit-policy")),
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
fn rows_that_say_nothing_any_more_go() {
    block_on(async {
        let app = app(three().by_header("x-key")).await;
        for key in 0..50 {
            app.get("/").header("x-key", &key.to_string()).await;
        }
        app.advance(Duration::from_secs(61)).await;
        let count = || async {
            let count = query("select count(*) from rate_limits");
            count.fetch_one::<i64>(&app.context().db()).await.unwrap()
        };
        // One request in a hundred cleans up: that none of 5,000 does is a matter of 10^-22.
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
struct Other(Result<RateLimitDecision, &'static str>);

impl RateLimiter for Other {
    async fn take(&self, _: &Context, _: &[u8], _: &Quota) -> Result<RateLimitDecision, Problem> {
        self.0.map_err(Problem::internal)
    }
}

#[whippet::test]
fn another_limiter_may_count() {
    block_on(async {
        let taken = |is_allowed| RateLimitDecision {
            is_allowed,
            remaining: None,
            after: Duration::from_millis(1_500),
        };
        let app = app(three().counted_by(Other(Ok(taken(true))))).await;
        assert_eq!(told(&app.get("/").await), (200, "", ""));
        let app = self::app(three().counted_by(Other(Ok(taken(false))))).await;
        assert_eq!(told(&app.get("/").await), (429, "", "2"));
    });
}

#[whippet::test]
fn without_a_count_requests_are_served() {
    block_on(async {
        let app = app(three().counted_by(Other(Err("the counter is down")))).await;
        assert_eq!(told(&app.get("/").await), (200, "", ""));
        let app = TestApp::new(|_| Ok(App::new().route("/", get(hello)).layer(three()))).await;
        assert_eq!(
            app.get("/").await.status,
            StatusCode::OK,
            "there is no table"
        );
    });
}
