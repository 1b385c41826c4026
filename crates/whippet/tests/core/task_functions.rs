//! Tasks whose handlers have the attribute `#[task]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::routing::post;
use whippet::tasks::{Attempt, Done, TaskFunction};
use whippet::testing::TestApp;
use whippet::{
    Config, Db, Problem, Query, Retry, Task, TaskError, Tasks, dependency, query, task, tasks,
};

use crate::support::{app, outbox, ran, record};

/// A greeting. Several tasks depend on it.
#[derive(Clone)]
struct Greeting(String);

#[dependency]
async fn greeting(config: Config) -> Result<Greeting, Problem> {
    let greeting = config.get("GREETING").map(str::to_owned);
    greeting
        .map(Greeting)
        .ok_or_else(|| Problem::not_found("GREETING is not set"))
}

#[derive(Serialize, Deserialize)]
struct Welcome {
    name: String,
}

#[task(
    retry = "1s 1m",
    timeout = "2s",
    queue = "mail",
    priority = "high",
    concurrency = 4
)]
async fn welcome(
    task: Welcome,
    attempt: Attempt,
    Greeting(greeting): Greeting,
) -> Result<Done, TaskError> {
    let note = format!("{greeting} {}", task.name);
    if task.name == "nobody" {
        return Err(TaskError::retry(note));
    }
    let insert = query("insert into ran values (?1, ?2, ?3)").bind(attempt.task_id);
    Ok(Done::with([insert.bind(attempt.number).bind(note)]))
}

#[derive(Serialize, Deserialize)]
struct Sleep;

#[task(name = "sleep.v1", timeout = "20ms", retry = "exponential(1s, 3, 4)")]
async fn sleep(_: Sleep) -> Result<(), TaskError> {
    std::future::pending().await
}

#[derive(Serialize, Deserialize)]
struct Plain;

#[task]
async fn plain(_: Plain, db: Db, attempt: Attempt) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, "plain").await?)
}

async fn enqueue(db: Db, tasks: Tasks, name: String) -> Result<(), Problem> {
    let all: [Query; 2] = [
        tasks.enqueue(&Welcome { name }).into(),
        tasks.enqueue(&Plain).into(),
    ];
    db.batch(all).await?;
    Ok(())
}

async fn start(greeting: &str) -> TestApp {
    let config = Config::from_iter([("GREETING", greeting)]);
    let app = app()
        .tasks(tasks![welcome, sleep, plain])
        .route("/", post(enqueue));
    TestApp::with_config(config, |_| Ok(app)).await
}

#[whippet::test]
async fn a_task_function_runs_with_its_dependencies() {
    let app = start("Hello").await;
    app.post("/").body("Ada").await;
    assert_eq!(app.run_tasks().await.ran, 2);
    let mut notes: Vec<_> = ran(&app.context().db())
        .await
        .into_iter()
        .map(|(_, note)| note)
        .collect();
    notes.sort();
    assert_eq!(notes, ["Hello Ada", "plain"]);
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn a_dependency_that_cannot_be_resolved_fails_the_attempt() {
    let app = start("").await;
    app.post("/").body("Ada").await;
    app.run_tasks().await;
    let [(state, _, error)] = outbox(&app.context().db()).await.try_into().unwrap();
    assert_eq!(state, "pending");
    assert!(error.unwrap().contains("GREETING is not set"));
}

#[whippet::test]
async fn the_attribute_sets_the_schedule_and_the_time_limit() {
    let app = start("Hello").await;
    app.post("/").body("nobody").await;
    app.run_tasks().await;
    assert_eq!(
        app.tasks().await[0].last_error.as_deref(),
        Some("Hello nobody")
    );
    app.advance("2m").await;
    assert_eq!(app.tasks().await[0].failures, 3);
    assert_eq!(app.tasks().await[0].state, "dead");

    assert_eq!(Sleep::NAME, "sleep.v1");
    assert_eq!(Plain::NAME, "plain");
    app.sql("delete from tasks; insert into tasks (id, name, args, due_at, created_at) values ('s', 'sleep.v1', 'null', 0, 0)").await;
    app.advance("20ms").await;
    let error = app.tasks().await[0].last_error.clone().unwrap();
    assert_eq!(error, "the attempt did not finish within 0.02 s");
}

#[whippet::test]
async fn a_setting_of_a_task_function_can_be_overridden() {
    let retry: Retry = "7s".parse().unwrap();
    let welcome = welcome::config().retry(retry.jitter(0.0));
    let config = Config::from_iter([("GREETING", "Hello")]);
    let app = app()
        .task(welcome)
        .tasks(tasks![plain])
        .route("/", post(enqueue));
    let app = TestApp::with_config(config, |_| Ok(app)).await;
    app.post("/").body("nobody").await;
    let due = app.run_tasks().await.next_due.unwrap();
    assert_eq!(
        due.since(app.context().clock().now()),
        Duration::from_secs(7)
    );
}

#[whippet::test]
async fn a_task_function_can_be_called() {
    assert_eq!(pending(&[sleep(Sleep)]), 1);
}

/// Takes the futures of calls, which have not started yet, and returns how many there are.
fn pending(calls: &[impl Future<Output = Result<(), TaskError>>]) -> usize {
    calls.len()
}
