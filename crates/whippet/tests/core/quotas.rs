//! Quotas for callers that only the handler can identify.

use std::time::Duration;

use whippet::layers::{Quota, Quotas, SqlRateLimiter};
use whippet::openapi::Info;
use whippet::testing::TestApp;
use whippet::{App, Json, Migration, Migrations, NoContent, Problem, post, routes};

/// One sign-in a minute for each email address.
#[post("/sign-ins")]
async fn sign_in(quotas: Quotas, Json(email): Json<String>) -> Result<NoContent, Problem> {
    let quota = Quota::new("account", 1, Duration::from_secs(60));
    quotas.take(&quota, &email).await?;
    Ok(NoContent)
}

fn app() -> App {
    App::new()
        .routes(routes![sign_in])
        .openapi(Info::new("Sign-ins", "1"))
}

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_rate_limits.sql",
    sql: SqlRateLimiter::SCHEMA,
}]);

#[whippet::test]
async fn each_key_has_its_own_quota() {
    let app = TestApp::new(|_| Ok(app().migrations(MIGRATIONS))).await;
    let sign_in = |email| app.post("/sign-ins").json(email);
    for (email, status) in [("ada", 204), ("bob", 204), ("ada", 429)] {
        sign_in(email).await.assert_status(status);
    }
    let rejected = sign_in("bob").await;
    rejected.assert_problem(429, "rate_limited");
    rejected.assert_header("retry-after", "60");
    app.advance("60s").await;
    sign_in("ada").await.assert_status(204);
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_openapi_document_has_the_rejection() {
    let app = TestApp::new(|_| Ok(app().migrations(MIGRATIONS))).await;
    let document = app.get("/openapi.json").await.json();
    let rejection = &document["paths"]["/sign-ins"]["post"]["responses"]["429"];
    assert!(rejection["headers"]["Retry-After"].is_object());
}

#[whippet::test]
async fn a_request_that_cannot_be_counted_is_allowed_and_the_error_is_logged() {
    let app = TestApp::new(|_| Ok(app())).await;
    for _ in 0..2 {
        app.post("/sign-ins").json("ada").await.assert_status(204);
    }
    let logged = app.logs().with("message", "a request could not be counted");
    assert_eq!(logged.len(), 2);
}
