//! Configuration, readiness and the schema.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::testing::TestApp;
use whippet::{Config, DbError, query, tasks};

use crate::support::Relay;

#[whippet::test]
fn a_variable_that_cannot_be_used_is_named_at_the_start() {
    for (name, value) in [
        ("RELAY_RETRY_SCHEDULE", "5x"),
        ("RELAY_RETRY_SCHEDULE", "5s 5"),
        ("RELAY_ALLOW_PRIVATE_TARGETS", "yes"),
    ] {
        let error = relay::app(&Config::from_iter([(name, value)])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(value), "{text}");
    }
}

#[whippet::test]
async fn without_a_key_in_the_configuration_nobody_is_let_in_or_told_why() {
    for config in [
        Config::default(),
        Config::from_iter([("RELAY_API_KEY", "")]),
    ] {
        let app = TestApp::with_config(config, relay::app).await;
        for request in [
            app.get("/api/v1/app"),
            app.get("/api/v1/app").bearer(""),
            app.get("/api/v1/app").bearer("x"),
        ] {
            let answer = request.await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            let expected = json!({
                "type": "/problems/internal", "title": "Internal Server Error", "status": 500,
                "code": "internal", "detail": "The server failed. Give the request id to whoever runs it.",
            });
            assert_eq!(answer.json(), expected);
        }
    }
}

#[whippet::test]
async fn the_api_is_ready_once_its_schema_is_current() {
    let app = TestApp::builder().unmigrated().start(relay::app).await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["code"], "not_ready");
    assert!(answer.text().contains("0001_tasks.sql"));

    app.service().migrate().await.unwrap();
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), json!({"status": "ok"}));

    let ahead = query("insert into d1_migrations (name) values ('9999_newer.sql')");
    ahead.execute(&app.context().db()).await.unwrap();
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[whippet::test]
fn the_migrations_of_the_tasks_are_their_schema() {
    let whole = concat!(
        include_str!("../../migrations/0001_tasks.sql"),
        include_str!("../../migrations/0003_tasks_trace.sql")
    );
    assert_eq!(whole, tasks::SCHEMA);
    assert!(whole.ends_with(tasks::SCHEMA_TRACE));
}

#[whippet::test]
async fn an_integer_that_d1_cannot_carry_is_refused() {
    let relay = Relay::new().await;
    let body = r#"{"name": "x", "throttleRate": 9007199254740993}"#;
    let answer = relay.post("/app", body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/throttleRate");

    let db = relay.context().db();
    for integer in [9_007_199_254_740_992, -9_007_199_254_740_992, i64::MAX] {
        let refused = query("select ?1").bind(integer).fetch_one::<i64>(&db).await;
        assert!(matches!(refused, Err(DbError::Limit(_))), "{integer}");
    }
}
