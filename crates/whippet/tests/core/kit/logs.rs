//! The log lines and SQL statements that a test can read.

use whippet::routing::get;
use whippet::testing::TestApp;
use whippet::{App, Db, Path, Problem, query};

async fn look(Path(name): Path<String>, db: Db) -> Result<String, Problem> {
    tracing::info!(name, "looking");
    Ok(query("select ?1").bind(name).fetch_one(&db).await?)
}

async fn app(level: &str) -> TestApp {
    let app = App::new().route("/{name}", get(look));
    let builder = TestApp::builder().variable("LOG_LEVEL", level);
    builder.start(|_| Ok(app)).await
}

#[whippet::test]
async fn each_app_has_its_own_log_lines_with_virtual_timestamps() {
    let (one, two) = (app("info").await, app("info").await);
    one.advance("1s").await;
    let send = |app, path| TestApp::get(app, path).into_future();
    tokio::join!(send(&one, "/a"), send(&two, "/b"), send(&one, "/c"));
    let lines = one.logs();
    assert_eq!(lines.len(), 4, "{lines:?}");
    let lines = one.logs();
    assert_eq!(lines.len(), 4, "{lines:?}");
    let looking = lines.clone().with("message", "looking");
    assert_eq!(looking.clone().with("name", "a").len(), 1);
    assert_eq!(looking.with("name", "b").len(), 0);
    assert_eq!(lines.with("timestamp", "2026-01-01T00:00:01.000Z").len(), 4);
    assert_eq!(two.logs().with("status", 200).len(), 1);
}

#[whippet::test]
async fn the_log_level_comes_from_the_configuration() {
    let app = app("error").await;
    app.get("/a").await.assert_status(200);
    assert!(app.logs().is_empty());
}

#[whippet::test]
async fn a_test_can_read_the_executed_statements_and_their_values() {
    let app = app("info").await;
    app.get("/a").await;
    let [statement] = app.statements().try_into().unwrap();
    assert_eq!(statement.sql, "select ?1");
    assert_eq!(statement.values, ["a".into()]);
}
