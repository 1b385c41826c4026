//! Configuration, readiness and the schema.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::testing::TestApp;
use whippet::{App, Config, DbError, Migrations, query, tasks};

use crate::support::Relay;

#[whippet::test]
fn the_startup_error_names_an_invalid_variable_and_its_value() {
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
async fn a_key_that_no_request_can_send_is_an_error_at_start_that_hides_the_key() {
    for value in ["key\n", "\nkey", " key", "key ", "k\ty", "ké", "k\u{7f}"] {
        let config = Config::from_iter([("RELAY_API_KEY", value)]);
        let text = relay::app(&config).unwrap_err().to_string();
        assert!(text.contains("RELAY_API_KEY"), "{text}");
        assert!(!text.contains(value.trim()), "{text}");
    }
}

#[whippet::test]
async fn without_a_configured_api_key_every_request_gets_a_500_that_hides_the_reason() {
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
            let response = request.await;
            assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
            let expected = json!({
                "type": "/problems/internal", "title": "Internal Server Error", "status": 500,
                "code": "internal", "detail": "The server failed. Report the request id to the operator of the server.",
            });
            assert_eq!(response.json(), expected);
        }
    }
}

#[whippet::test]
async fn the_api_is_ready_when_its_schema_is_current() {
    let app = TestApp::builder().unmigrated().start(relay::app).await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    let response = app.get("/readyz").await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.json()["code"], "not_ready");
    assert!(response.text().contains("0001_tasks.sql"));

    app.service().migrate().await.unwrap();
    let response = app.get("/readyz").await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.json(), json!({"status": "ok"}));

    let newer = query("insert into d1_migrations (name) values ('9999_newer.sql')");
    newer.execute(&app.context().db()).await.unwrap();
    let reason = "the database has the migration 9999_newer.sql, which this program does not have";
    for _ in 0..2 {
        let response = app.get("/readyz").await;
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.text().contains(reason), "{}", response.text());
    }
    let errors = app.logs().with("level", "error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        errors[0]["message"],
        "the schema does not match the program"
    );
}

/// Returns the name and the SQL of everything in the schema.
async fn schema(app: &TestApp) -> Vec<(String, Option<String>)> {
    let schema = "select name, sql from sqlite_master order by name";
    let db = app.context().db();
    query(schema).fetch_all(&db).await.unwrap()
}

#[whippet::test]
async fn migrating_in_two_steps_gives_the_same_schema_as_in_one() {
    let app = TestApp::new(relay::app).await;
    let (whole, files) = (schema(&app).await, app.context().migrations().files());
    for applied in 0..files.len() {
        let first = App::new().migrations(Migrations::new(&files[..applied]));
        let first = TestApp::new(|_| Ok(first)).await;
        let builder = TestApp::builder().sharing_database_with(&first);
        let second = builder.start(relay::app).await;
        assert_eq!(schema(&second).await, whole, "after {applied} files");
    }
}

#[whippet::test]
fn the_migrations_contain_the_schema_of_tasks() {
    let migrations = concat!(
        include_str!("../../migrations/0001_tasks.sql"),
        include_str!("../../migrations/0003_tasks_trace.sql"),
        include_str!("../../migrations/0004_tasks_queues.sql"),
        include_str!("../../migrations/0007_tasks_progress.sql")
    );
    assert_eq!(migrations, tasks::SCHEMA);
    let older = migrations.strip_suffix(tasks::SCHEMA_PROGRESS).unwrap();
    let older = older.strip_suffix(tasks::SCHEMA_QUEUES).unwrap();
    assert!(older.ends_with(tasks::SCHEMA_TRACE));
    let minutes = include_str!("../../migrations/0008_task_minutes.sql");
    assert_eq!(minutes, tasks::SCHEMA_MINUTES);
}

#[whippet::test]
async fn an_integer_that_d1_cannot_represent_is_rejected() {
    let relay = Relay::new().await;
    let body = r#"{"name": "x", "throttleRate": 9007199254740993}"#;
    let response = relay.post("/app", body).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.json()["errors"][0]["pointer"], "/throttleRate");

    let db = relay.context().db();
    for integer in [9_007_199_254_740_992, -9_007_199_254_740_992, i64::MAX] {
        let result = query("select ?1").bind(integer).fetch_one::<i64>(&db).await;
        assert!(matches!(result, Err(DbError::Limit(_))), "{integer}");
    }
}
