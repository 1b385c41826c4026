//! Work after the response.

use serde::{Deserialize, Serialize};
use whippet::extract::AfterResponse;
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{App, Clock, Db, Problem, Task, TaskError, dependency, get, post, query, routes};

use crate::support::{ran, record};

/// Writes a note into the table `ran`.
async fn note(db: &Db, text: &str) -> Result<(), Problem> {
    let insert = query("insert into ran values ('', 0, ?1)").bind(text);
    insert.execute(db).await?;
    Ok(())
}

async fn notes(app: &TestApp) -> String {
    let ran = ran(&app.context().db()).await;
    let notes: Vec<_> = ran.into_iter().map(|(_, note)| note).collect();
    notes.join(" ")
}

#[derive(Clone)]
struct Outer;

#[derive(Clone)]
struct Inner;

#[dependency]
async fn outer(after: AfterResponse, db: Db) -> Result<Outer, Problem> {
    note(&db, "outer").await?;
    after.run(async move { note(&db, "/outer").await });
    Ok(Outer)
}

#[dependency]
async fn inner(_: Outer, after: AfterResponse, db: Db) -> Result<Inner, Problem> {
    note(&db, "inner").await?;
    after.run(async move { note(&db, "/inner").await });
    Ok(Inner)
}

#[get("/ok")]
async fn ok(_: Inner, db: Db) -> Result<(), Problem> {
    note(&db, "handler").await
}

#[get("/fail")]
async fn fail(_: Inner) -> Result<(), Problem> {
    Err(Problem::internal("the handler fails"))
}

#[derive(Clone)]
struct Rejected;

#[dependency(errors(whippet::problem::types::CONFLICT))]
async fn rejected() -> Result<Rejected, Problem> {
    Err(Problem::conflict("rejected"))
}

#[get("/reject")]
async fn reject(_: Outer, _: Rejected) {}

#[expect(clippy::panic, reason = "tests a handler that panics")]
#[get("/panic")]
async fn panics(_: Inner) -> Result<(), Problem> {
    panic!("the handler panics")
}

#[get("/failing-end")]
async fn failing_end(_: Outer, after: AfterResponse) -> &'static str {
    after.run(async { Err(Problem::internal("the cleanup fails")) });
    "ok"
}

#[get("/slow-end")]
async fn slow_end(after: AfterResponse, clock: Clock, db: Db) -> &'static str {
    after.run(async move {
        clock.sleep(std::time::Duration::from_secs(5)).await;
        note(&db, "slept").await
    });
    "ok"
}

#[derive(Clone, Serialize, Deserialize)]
struct Job;

impl Task for Job {
    const NAME: &'static str = "job";
}

async fn job(_: Job, _: Inner, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, "job").await?)
}

#[post("/job")]
async fn enqueue(tasks: whippet::Tasks) -> Result<(), Problem> {
    tasks.send(&Job).await?;
    Ok(())
}

async fn start() -> TestApp {
    let operations = routes![ok, fail, reject, panics, failing_end, slow_end, enqueue];
    let app: App = crate::support::app().task(task(job)).routes(operations);
    TestApp::new(|_| Ok(app)).await
}

#[whippet::test]
async fn dependencies_clean_up_after_the_handler_in_reverse_order() {
    let app = start().await;
    app.get("/ok").await.assert_status(200);
    assert_eq!(notes(&app).await, "outer inner handler /inner /outer");
}

#[whippet::test]
async fn dependencies_clean_up_when_the_handler_fails_or_another_argument_is_rejected() {
    let app = start().await;
    app.get("/fail").await.assert_status(500);
    assert_eq!(notes(&app).await, "outer inner /inner /outer");
    let app = start().await;
    app.get("/reject").await.assert_status(409);
    assert_eq!(notes(&app).await, "outer /outer");
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn dependencies_clean_up_when_the_handler_panics() {
    let app = start().await;
    app.get("/panic").await.assert_status(500);
    assert_eq!(notes(&app).await, "outer inner /inner /outer");
}

#[whippet::test]
async fn a_failing_cleanup_is_logged_and_the_other_cleanups_run() {
    let app = start().await;
    let response = app.get("/failing-end").await;
    assert_eq!(response.assert_status(200).text(), "ok");
    assert_eq!(notes(&app).await, "outer /outer");
    let logs = app.logs();
    let line = logs
        .iter()
        .find(|line| line["message"] == "work after the response failed");
    let line = line.expect("a log line");
    assert!(
        line["error"].to_string().contains("the cleanup fails"),
        "{line}"
    );
    assert_eq!(
        line["request_id"],
        response.header("x-request-id"),
        "{line}"
    );
}

#[whippet::test]
async fn a_slow_cleanup_does_not_delay_the_response() {
    let app = start().await;
    app.get("/slow-end").await.assert_status(200);
    assert_eq!(notes(&app).await, "");
    app.advance("4s").await;
    assert_eq!(notes(&app).await, "");
    app.advance("1s").await;
    assert_eq!(notes(&app).await, "slept");
}

#[whippet::test]
async fn dependencies_of_a_task_clean_up_after_the_attempt() {
    let app = start().await;
    app.post("/job").await.assert_status(200);
    app.run_tasks().await;
    assert_eq!(notes(&app).await, "outer inner job /inner /outer");
}
