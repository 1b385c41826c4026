//! The arguments `RateLimited` and `Idempotent`. An operation with these arguments limits the requests of each caller,
//! and runs once for each idempotency key of a caller.

use std::time::Duration;

use futures_util::future::join;
use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::extract::{Bearer, RequiredScopes};
use whippet::layers::{
    CallerKey, Idempotency, Idempotent, Quota, RateLimitDecision, RateLimitPolicy, RateLimited,
    RequiredKey, SqlRateLimiter,
};
use whippet::routing::post as plain;
use whippet::testing::TestApp;
use whippet::{
    App, Clock, Context, Created, Json, Migration, Migrations, Problem, Random, dependency, get,
    post, put, routes,
};

const MIGRATIONS: Migrations = Migrations::new(&[
    Migration {
        name: "0001_rate_limits.sql",
        sql: SqlRateLimiter::SCHEMA,
    },
    Migration {
        name: "0002_idempotency.sql",
        sql: Idempotency::SCHEMA,
    },
]);

/// A tenant, and the number of requests that the tenant may send.
#[derive(Debug, Clone)]
struct Tenant {
    id: String,
    requests: u32,
}

#[dependency]
async fn tenant(given: Bearer, required: RequiredScopes) -> Result<Tenant, Problem> {
    let (id, requests) = match given.token().expose().as_str() {
        "acme" | "acme2" => ("acme", 2),
        "small" => ("small", 1),
        _ => return Err(Bearer::invalid("the token is not valid")),
    };
    required.check(|_| id == "acme")?;
    Ok(Tenant {
        id: id.to_owned(),
        requests,
    })
}

impl CallerKey for Tenant {
    fn key(&self) -> String {
        self.id.clone()
    }
}

struct Orders;

impl RateLimitPolicy for Orders {
    type Caller = Tenant;

    fn quota(tenant: &Tenant) -> Quota {
        Quota::new("orders", tenant.requests, Duration::from_secs(60))
    }
}

/// A policy whose function `take` always fails.
struct Broken;

impl RateLimitPolicy for Broken {
    type Caller = Tenant;

    fn quota(_: &Tenant) -> Quota {
        Quota::new("broken", 1, Duration::from_secs(60))
    }

    async fn take(_: &Context, _: &[u8], _: &Quota) -> Result<RateLimitDecision, Problem> {
        Err(Problem::internal("the limiter is broken"))
    }
}

#[get("/orders")]
async fn list_orders(_: RateLimited<Orders>, tenant: Tenant) -> String {
    tenant.id
}

/// A dependency whose function takes the rate limit as an argument.
#[derive(Clone)]
struct Limited;

#[dependency]
async fn limited(_: RateLimited<Orders>) -> Limited {
    Limited
}

#[get("/twice")]
async fn limited_twice(_: Limited, _: RateLimited<Orders>) -> &'static str {
    "twice"
}

#[get("/scoped", scopes("orders:read"))]
async fn scoped(_: RateLimited<Orders>) -> &'static str {
    "scoped"
}

#[get("/broken")]
async fn broken(_: RateLimited<Broken>) -> &'static str {
    "broken"
}

#[get("/grouped")]
async fn grouped() -> &'static str {
    "grouped"
}

#[post("/orders")]
async fn create_order(
    _: Idempotent<Tenant>,
    clock: Clock,
    random: Random,
    Json(count): Json<u8>,
) -> Result<Created<u64>, Problem> {
    if count == 0 {
        return Err(Problem::conflict("nothing is left"));
    }
    if count == 9 {
        clock.sleep(Duration::from_secs(1)).await;
    }
    Ok(Created::new(u64::from(random.bytes::<1>()[0])))
}

#[put("/order")]
async fn put_order(_: Idempotent<Tenant, RequiredKey>, random: Random) -> Json<u8> {
    let [id] = random.bytes();
    Json(id)
}

pub(crate) fn app() -> App {
    let operations = routes![
        list_orders,
        limited_twice,
        scoped,
        broken,
        create_order,
        put_order
    ];
    App::new()
        .migrations(MIGRATIONS)
        .routes(operations)
        .routes(routes![grouped].dependency::<RateLimited<Orders>>())
        .route("/plain", plain(async |_: RateLimited<Orders>| "plain"))
        .route("/plain-once", plain(async |_: Idempotent<Tenant>| "plain"))
}

async fn start() -> TestApp {
    TestApp::new(|_| Ok(app())).await
}

#[whippet::test]
async fn each_caller_has_a_quota() {
    let app = start().await;
    let ask = async |token| app.get("/orders").bearer(token).await;
    let first = ask("acme").await;
    assert_eq!(first.assert_status(200).text(), "acme");
    first.assert_header("ratelimit", "\"orders\";r=1;t=30");
    first.assert_header("ratelimit-policy", "\"orders\";q=2;w=60");
    ask("acme2").await.assert_status(200);
    let third = ask("acme").await;
    third.assert_problem(429, "rate_limited");
    third.assert_header("retry-after", "30");
    third.assert_header("ratelimit", "\"orders\";r=0;t=30");
    third.assert_json_includes(json!({
        "type": "/problems/rate_limited", "detail": "at most 2 requests in 60 s; retry in 30 s",
    }));
    ask("small")
        .await
        .assert_status(200)
        .assert_header("ratelimit-policy", "\"orders\";q=1;w=60");
    ask("small").await.assert_status(429);
    ask("nobody")
        .await
        .assert_status(401)
        .assert_header("ratelimit", "");
    app.advance("30s").await;
    ask("acme").await.assert_status(200);
}

#[whippet::test]
async fn a_request_is_counted_once_however_many_arguments_have_the_limit() {
    let app = start().await;
    let first = app.get("/twice").bearer("acme").await;
    first.assert_header("ratelimit", "\"orders\";r=1;t=30");
    app.get("/twice").bearer("acme").await.assert_status(200);
    app.get("/twice").bearer("acme").await.assert_status(429);
}

#[whippet::test]
async fn a_group_can_have_a_limit() {
    let app = start().await;
    app.get("/grouped").bearer("small").await.assert_status(200);
    app.get("/grouped").bearer("small").await.assert_status(429);
    app.get("/grouped").await.assert_status(401);
}

#[whippet::test]
async fn the_caller_of_a_limit_checks_the_scopes() {
    let app = start().await;
    app.get("/scoped")
        .bearer("small")
        .await
        .assert_problem(403, "insufficient_scope");
    app.get("/scoped").bearer("acme").await.assert_status(200);
}

#[whippet::test]
async fn a_request_that_cannot_be_counted_is_allowed() {
    let app = start().await;
    app.get("/broken")
        .bearer("acme")
        .await
        .assert_status(200)
        .assert_header("ratelimit", "");
    let logs = app.logs();
    let mut lines = logs.iter().map(ToString::to_string);
    assert!(lines.any(|line| line.contains("the limiter is broken")));
}

/// Whippet enforces limits only for operations, and a plain route is not an operation.
#[whippet::test]
async fn a_limit_in_a_plain_route_is_an_error() {
    let app = start().await;
    for path in ["/plain", "/plain-once"] {
        app.post(path)
            .bearer("acme")
            .await
            .assert_problem(500, "internal");
    }
}

#[whippet::test]
async fn a_repeated_request_gets_the_stored_response() {
    let app = start().await;
    let order = |token, key, count: u8| {
        let order = app
            .post("/orders")
            .bearer(token)
            .header("idempotency-key", key);
        order.json(&count)
    };
    let first = order("acme", "a", 1).await;
    first
        .assert_status(201)
        .assert_header("idempotent-replayed", "");
    for token in ["acme", "acme2"] {
        let again = order(token, "a", 1).await;
        again
            .assert_status(201)
            .assert_header("idempotent-replayed", "true");
        assert_eq!(again.text(), first.text());
    }
    assert_ne!(order("small", "a", 1).await.text(), first.text());
    let reused = order("acme", "a", 2).await;
    reused.assert_problem(422, "validation");
    assert_eq!(reused.json()["errors"][0]["pointer"], "/idempotency-key");
    order("nobody", "a", 1).await.assert_status(401);
    order("acme", "", 1)
        .await
        .assert_problem(400, "bad_request");
    order("acme", "b", 0).await.assert_status(409);
    let without_key = app.post("/orders").bearer("acme").json(&1);
    without_key
        .await
        .assert_status(201)
        .assert_header("idempotent-replayed", "");
}

#[whippet::test]
async fn a_request_whose_first_attempt_is_in_flight_gets_a_409() {
    let app = start().await;
    let slow = || {
        app.post("/orders")
            .bearer("acme")
            .header("idempotency-key", "s")
            .json(&9)
    };
    let second = async {
        let second = slow().await;
        app.advance("1s").await;
        second
    };
    let (first, second) = join(slow().into_future(), second).await;
    first.assert_status(201);
    second.assert_problem(409, "conflict");
    slow()
        .await
        .assert_status(201)
        .assert_header("idempotent-replayed", "true");
}

#[whippet::test]
async fn a_policy_can_require_a_key_and_applies_to_every_method() {
    let app = start().await;
    let put = || app.put("/order").bearer("acme");
    let missing = put().await;
    missing.assert_problem(400, "idempotency_key_missing");
    assert_eq!(missing.json()["type"], "/problems/idempotency_key_missing");
    let first = put().header("idempotency-key", "k").await;
    let again = put().header("idempotency-key", "k").await;
    assert_eq!(
        first.assert_status(200).text(),
        again.assert_status(200).text()
    );
    assert_eq!(again.status, StatusCode::OK);
}
