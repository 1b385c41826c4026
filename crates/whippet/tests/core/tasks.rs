//! The outbox: how a task is enqueued, runs and ends.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use whippet::axum::extract::FromRequestParts;
use whippet::routing::post;
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{App, Config, Db, Problem, Retry, Task, TaskError, Tasks, query};

use crate::support::{app, budget, outbox, ran, record};

/// A task whose field `word` selects its outcome. The words `done`, `dead`, `later` and `panic` have fixed outcomes.
/// With any other word the task fails, and the word is the error.
#[derive(Serialize, Deserialize)]
struct Say {
    word: String,
}

impl Task for Say {
    const NAME: &'static str = "say";
}

async fn say(task: Say, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    let last = if attempt.is_last { " last" } else { "" };
    record(&db, &attempt, &format!("{}{last}", task.word)).await?;
    match task.word.as_str() {
        "done" => Ok(()),
        "panic" => panic!("on purpose: {}", 7),
        "dead" => Err(TaskError::dead("never again")),
        "later" => Err(TaskError::retry("busy").not_before(Duration::from_secs(3600))),
        other => Err(TaskError::retry(other.to_owned())),
    }
}

/// Enqueues a task `Say` with the body of the request as its word.
async fn enqueue(tasks: Tasks, word: String) -> Result<(), Problem> {
    tasks.send(&Say { word }).await?;
    Ok(())
}

async fn start(schedule: &str) -> TestApp {
    let retry: Retry = schedule.parse().unwrap();
    let app = app().route("/say", post(enqueue));
    TestApp::new(|_| Ok(app.task(task(say).retry(retry.jitter(0.0))))).await
}

/// Runs one attempt of a task with this word. Returns the outbox.
async fn outbox_after(schedule: &str, word: &str) -> Vec<(String, u32, Option<String>)> {
    let app = start(schedule).await;
    app.post("/say").body(word.to_owned()).await;
    app.run_tasks().await;
    outbox(&app.context().db()).await
}

#[whippet::test]
async fn a_task_is_enqueued_only_if_its_whole_batch_succeeds() {
    let app = start("").await;
    let (parts, ()) = whippet::axum::http::Request::new(()).into_parts();
    let tasks = Tasks::from_request_parts(&mut parts.clone(), app.context())
        .await
        .unwrap();
    let db = app.context().db();
    let word = || Say {
        word: "done".to_owned(),
    };
    let failing = query("insert into ran values (null, 0, '')");
    let batch = db.batch([tasks.enqueue(&word()).into(), failing]).await;
    assert!(batch.is_err());
    assert!(outbox(&db).await.is_empty());

    let data = query("insert into ran values ('x', 0, 'data')");
    db.batch([data, tasks.enqueue(&word()).into()])
        .await
        .unwrap();
    assert_eq!(app.run_tasks().await.ran, 1);
    assert_eq!(ran(&db).await.len(), 2);
}

#[whippet::test]
async fn a_task_that_succeeds_is_removed() {
    assert_eq!(outbox_after("1s", "done").await, []);
}

#[whippet::test]
async fn a_task_that_fails_permanently_is_kept_with_its_error() {
    let dead = |error: &str| vec![("dead".to_owned(), 1, Some(error.to_owned()))];
    assert_eq!(outbox_after("1s", "dead").await, dead("never again"));
    assert_eq!(outbox_after("", "boom").await, dead("boom"));
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_task_whose_handler_panics_fails_and_the_next_task_runs() {
    let app = start("1s").await;
    app.post("/say").body("panic").await;
    app.post("/say").body("done").await;
    assert_eq!(app.run_tasks().await.ran, 2);
    let error = Some("the handler panicked: on purpose: 7".to_owned());
    let expected = [("pending".to_owned(), 1, error)];
    assert_eq!(outbox(&app.context().db()).await, expected);
}

#[whippet::test]
async fn a_task_is_retried_on_its_schedule_and_is_dead_after_the_last_attempt() {
    let app = start("10s 1m").await;
    app.post("/say").body("boom").await;
    let db = app.context().db();
    assert_eq!(app.run_tasks().await.ran, 1);
    for wait in [Duration::from_secs(10), Duration::from_secs(60)] {
        let due = app
            .service()
            .run_due_tasks_within(budget(1, 0))
            .await
            .next_due
            .unwrap();
        assert_eq!(due.since(app.context().clock().now()), wait);
        assert_eq!(app.advance(wait - Duration::from_millis(1)).await.ran, 0);
        assert_eq!(app.advance("1ms").await.ran, 1);
    }
    let recorded = ["boom", "boom", "boom last"].map(str::to_owned);
    let expected: Vec<_> = (1..).zip(recorded).collect();
    assert_eq!(ran(&db).await, expected);
    assert_eq!(
        outbox(&db).await,
        [("dead".to_owned(), 3, Some("boom".to_owned()))]
    );
    assert_eq!(app.run_next_task().await, None);
}

#[whippet::test]
async fn a_task_may_delay_its_retry_beyond_the_schedule() {
    let app = start("10s").await;
    app.post("/say").body("later").await;
    let due = app.run_tasks().await.next_due.unwrap();
    assert_eq!(
        due.since(app.context().clock().now()),
        Duration::from_secs(3600)
    );
}

#[whippet::test]
async fn a_long_error_is_truncated_at_a_character_boundary() {
    let word = format!("{}é", "x".repeat(999));
    let [(_, _, error)] = outbox_after("", &word).await.try_into().unwrap();
    assert_eq!(error.unwrap(), "x".repeat(999));
}

#[whippet::test]
async fn two_tasks_with_the_same_name_are_rejected_at_startup() {
    let build = |_: &Config| Ok(App::new().task(task(say)).task(task(say)));
    let started = TestApp::builder().try_start(build).await;
    let text = started.unwrap_err().to_string();
    assert!(text.contains(r#"two tasks have the name "say""#), "{text}");
}
