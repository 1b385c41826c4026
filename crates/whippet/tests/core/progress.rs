//! The progress that running tasks report.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::{Progress, task};
use whippet::testing::TestApp;
use whippet::{App, Clock, Config, DbError, Task, TaskError, Tasks, routing::post};

use crate::support::app;

/// A task that reports the numbers up to `reports`, sleeps `millis` milliseconds after each report, and then waits at
/// the gate.
#[derive(Clone, Serialize, Deserialize)]
struct Count {
    reports: u32,
    millis: u64,
}

impl Task for Count {
    const NAME: &'static str = "count";
}

#[derive(Clone, Default)]
struct Gate {
    reached: Arc<Notify>,
    opened: Arc<Notify>,
}

fn counting(gate: &Gate) -> App {
    let gate = gate.clone();
    let count = move |count: Count, progress: Progress, clock: Clock| {
        let gate = gate.clone();
        async move {
            for done in 1..=count.reports {
                progress.report(&(done, count.reports)).await?;
                clock.sleep(Duration::from_millis(count.millis)).await;
            }
            gate.reached.notify_one();
            gate.opened.notified().await;
            progress.report(&("late", 0)).await?;
            Err::<(), _>(TaskError::retry("on purpose"))
        }
    };
    app().task(
        task(count)
            .retry("1h".parse().unwrap())
            .timeout(Duration::from_secs(1000)),
    )
}

async fn tasks_of(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    Tasks::from_request_parts(&mut parts, app.context())
        .await
        .unwrap()
}

fn writes(app: &TestApp) -> usize {
    let statements = app.statements();
    let is_write = |sql: &str| sql.starts_with("update tasks set progress");
    statements
        .iter()
        .filter(|statement| is_write(&statement.sql))
        .count()
}

/// Runs a task until it waits at the gate.
async fn at_the_gate(app: &TestApp, gate: &Gate) {
    tokio::select! {
        _ = app.advance("200s") => panic!("the task ends"),
        () = gate.reached.notified() => {}
    }
}

#[whippet::test]
async fn progress_can_be_read_until_the_row_of_the_task_is_gone() {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(counting(&gate))).await;
    let tasks = tasks_of(&app).await;
    let (reports, millis) = (3, 0);
    let id = tasks.send(&Count { reports, millis }).await.unwrap();
    assert_eq!(tasks.progress::<(u32, u32)>(&id).await.unwrap(), None);
    let run = app.run_tasks();
    let read = async {
        gate.reached.notified().await;
        let read = tasks.progress::<(u32, u32)>(&id).await.unwrap();
        let wrong = tasks.progress::<u32>(&id).await;
        gate.opened.notify_one();
        (read, wrong)
    };
    let (_, (read, wrong)) = tokio::join!(run, read);
    assert_eq!(read, Some((3, 3)));
    assert!(matches!(wrong, Err(DbError::Decode(_))));
    // The task waits for its retry.
    let last = tasks.progress::<(String, u32)>(&id).await.unwrap();
    assert_eq!(last, Some(("late".to_owned(), 0)));
    tasks
        .cancel(&id)
        .execute(&app.context().db())
        .await
        .unwrap();
    assert_eq!(tasks.progress::<u32>(&id).await.unwrap(), None);
}

#[whippet::test]
async fn the_first_reports_and_then_one_in_a_second_are_written() {
    for (reports, millis, expected) in
        [(10, 0, 10), (1000, 0, 10), (1000, 100, 109), (50, 1000, 50)]
    {
        let gate = Gate::default();
        let app = TestApp::new(|_| Ok(counting(&gate))).await;
        let id = tasks_of(&app).await.send(&Count { reports, millis }).await;
        at_the_gate(&app, &gate).await;
        assert_eq!(
            writes(&app),
            expected,
            "{reports} reports, {millis} ms: {id:?}"
        );
    }
}

#[whippet::test]
async fn the_report_of_an_attempt_that_lost_its_lease_changes_nothing() {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(counting(&gate))).await;
    let tasks = tasks_of(&app).await;
    let (reports, millis) = (1, 0);
    let id = tasks.send(&Count { reports, millis }).await.unwrap();
    let take = async {
        gate.reached.notified().await;
        app.sql("update tasks set lease = 'other', progress = '[7,7]'")
            .await;
        gate.opened.notify_one();
    };
    tokio::join!(app.run_tasks(), take);
    assert_eq!(writes(&app), 2);
    assert_eq!(tasks.progress(&id).await.unwrap(), Some((7, 7)));
}

#[whippet::test]
async fn a_report_that_is_too_long_is_an_error() {
    let report = async |_: Count, progress: Progress| {
        progress.report(&"x".repeat(998)).await?;
        let error = progress.report(&"x".repeat(999)).await.unwrap_err();
        Err::<(), _>(TaskError::dead(error.to_string()))
    };
    let app = TestApp::new(|_| Ok(app().task(task(report)))).await;
    let count = Count {
        reports: 0,
        millis: 0,
    };
    tasks_of(&app).await.send(&count).await.unwrap();
    app.run_tasks().await;
    let error: String = app.row("select last_error from tasks").await;
    assert!(
        error.contains("progress of 1001 bytes of JSON is too long"),
        "{error}"
    );
}

#[whippet::test]
async fn a_task_that_runs_again_after_its_death_has_no_old_progress() {
    let dead = async |_: Count, progress: Progress| {
        progress.report(&1).await?;
        Err::<(), _>(TaskError::dead("on purpose"))
    };
    let app = TestApp::new(|_| Ok(app().task(task(dead)))).await;
    let tasks = tasks_of(&app).await;
    let db = app.context().db();
    let count = Count {
        reports: 0,
        millis: 0,
    };
    tasks.enqueue(&count).with_id("a").send().await.unwrap();
    app.run_tasks().await;
    assert_eq!(tasks.progress("a").await.unwrap(), Some(1));
    tasks.redrive("a").execute(&db).await.unwrap();
    assert_eq!(tasks.progress::<u32>("a").await.unwrap(), None);
    app.run_tasks().await;
    tasks.enqueue(&count).with_id("a").send().await.unwrap();
    assert_eq!(tasks.progress::<u32>("a").await.unwrap(), None);
}

#[whippet::test]
async fn an_operator_sees_the_progress_of_a_task() {
    let half = async |_: Count, progress: Progress| {
        progress.report(&(1, 2)).await?;
        Err::<(), _>(TaskError::dead("on purpose"))
    };
    let config = Config::from_iter([("SWEEP_KEY", "k")]);
    let app = TestApp::with_config(config, |_| Ok(app().task(task(half)))).await;
    let count = Count {
        reports: 0,
        millis: 0,
    };
    let tasks = tasks_of(&app).await;
    tasks.enqueue(&count).with_id("a").send().await.unwrap();
    let shown = async || app.get("/_whippet/tasks/a").bearer("k").await.json()["progress"].clone();
    assert_eq!(shown().await, serde_json::Value::Null);
    app.run_tasks().await;
    assert_eq!(shown().await, serde_json::json!([1, 2]));
}

#[whippet::test]
async fn a_request_handler_with_a_progress_argument_returns_500() {
    let app = App::new().route("/", post(async |_: Progress| {}));
    let app = TestApp::new(|_| Ok(app)).await;
    assert_eq!(app.post("/").await.status, 500);
}
