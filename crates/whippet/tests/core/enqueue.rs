//! Enqueuing tasks with delays, ids and keys. Also tests tasks that do not succeed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::{Attempt, Done, task};
use whippet::testing::TestApp;
use whippet::{App, Db, DbError, Query, Task, TaskError, Tasks, query};

use crate::support::{app, outbox, ran, record};
use std::sync::Arc;

/// A task whose field selects its outcome.
#[derive(Serialize, Deserialize)]
struct Note {
    outcome: String,
}

impl Task for Note {
    const NAME: &'static str = "note";
}

fn note(outcome: &str) -> Note {
    Note {
        outcome: outcome.to_owned(),
    }
}

fn with_note(gate: Arc<Notify>) -> App {
    let note = move |task: Note, attempt: Attempt, db: Db| {
        let gate = Arc::clone(&gate);
        async move {
            let insert = query("insert into ran values (?1, ?2, ?3)").bind(&attempt.task_id);
            let insert = insert.bind(attempt.number).bind(&task.outcome);
            match &*task.outcome {
                "done" => Ok(Done::with([insert])),
                "dead" => Err(TaskError::dead("on purpose").with([insert])),
                "retry" => Err(TaskError::retry("on purpose").with([insert])),
                "invalid" => Ok(Done::with([query("insert into ran values (null, 1, '')")])),
                "snooze" if attempt.number < 5 => Err(TaskError::snooze(Duration::from_secs(10))),
                "hang" => {
                    gate.notified().await;
                    let is_current = attempt.is_current(&db).await?;
                    record(
                        &db,
                        &attempt,
                        if is_current { "current" } else { "canceled" },
                    )
                    .await?;
                    Ok(Done::with([insert]))
                }
                _ => Ok(Done::default()),
            }
        }
    };
    app().task(task(note).retry("1s".parse().unwrap()))
}

async fn start() -> TestApp {
    TestApp::new(|_| Ok(with_note(Arc::default()))).await
}

async fn tasks(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    let Ok(tasks) = Tasks::from_request_parts(&mut parts, app.context()).await;
    tasks
}

#[whippet::test]
async fn a_task_can_be_enqueued_for_later() {
    let app = start().await;
    let outbox = tasks(&app).await;
    let later = app.context().clock().now() + Duration::from_secs(60);
    outbox
        .enqueue(&note("done"))
        .after(Duration::from_secs(30))
        .send()
        .await
        .unwrap();
    outbox
        .enqueue(&note("done"))
        .at(later)
        .send()
        .await
        .unwrap();
    assert_eq!(app.advance(Duration::from_millis(29_999)).await.ran, 0);
    assert_eq!(app.advance("1ms").await.ran, 1);
    assert_eq!(app.advance("30s").await.ran, 1);
}

#[whippet::test]
async fn a_key_is_taken_while_its_task_is_pending_and_free_afterwards() {
    for end in ["done", "dead", "cancel"] {
        let app = start().await;
        let outbox = tasks(&app).await;
        let enqueue =
            |outcome: &str| Query::from(outbox.enqueue(&note(outcome)).key("k").with_id(outcome));
        let db = app.context().db();
        assert_eq!(enqueue(end).execute(&db).await, Ok(1));
        assert_eq!(enqueue("second").execute(&db).await, Ok(0), "{end}");
        if end == "cancel" {
            assert_eq!(outbox.cancel("cancel").execute(&db).await, Ok(1));
        }
        app.run_tasks().await;
        assert_eq!(enqueue("third").execute(&db).await, Ok(1), "{end}");
        assert_eq!(
            outbox.enqueue(&note("done")).key("other").send().await,
            Ok(true)
        );
    }
}

#[whippet::test]
async fn a_dead_task_does_not_block_its_id() {
    let app = start().await;
    let outbox = tasks(&app).await;
    let enqueue = |outcome: &str| outbox.enqueue(&note(outcome)).with_id("t").send();
    assert_eq!(enqueue("dead").await, Ok(true));
    assert_eq!(enqueue("done").await, Ok(false));
    app.run_tasks().await;
    assert_eq!(app.tasks().await[0].state, "dead");
    assert_eq!(enqueue("done").await, Ok(true));
    let [task] = app.tasks().await.try_into().unwrap();
    assert_eq!(
        (task.state.as_str(), task.attempt, task.last_error),
        ("pending", 0, None)
    );
    app.run_tasks().await;
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn a_dead_task_is_not_replaced_while_its_key_is_taken() {
    let app = start().await;
    let outbox = tasks(&app).await;
    let enqueue =
        |id: &str, outcome: &str| outbox.enqueue(&note(outcome)).with_id(id).key("k").send();
    assert_eq!(enqueue("t", "dead").await, Ok(true));
    app.run_tasks().await;
    assert_eq!(enqueue("u", "done").await, Ok(true));
    assert_eq!(enqueue("t", "done").await, Ok(false));
}

#[whippet::test]
async fn a_snoozed_task_uses_up_no_retry() {
    let app = start().await;
    tasks(&app).await.send(&note("snooze")).await.unwrap();
    assert_eq!(app.advance(Duration::from_millis(39_999)).await.ran, 4);
    let [task] = app.tasks().await.try_into().unwrap();
    assert_eq!((task.attempt, task.failures, task.last_error), (4, 0, None));
    assert_eq!(app.advance("1ms").await.ran, 1);
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn a_canceled_task_does_not_run_and_a_running_task_learns_that_it_is_canceled() {
    let gate = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_note(Arc::clone(&gate)))).await;
    let outbox = tasks(&app).await;
    let db = app.context().db();
    let waiting = outbox.send(&note("done")).await.unwrap();
    assert_eq!(outbox.cancel(waiting).execute(&db).await, Ok(1));
    let running = outbox.send(&note("hang")).await.unwrap();
    let cancel = async {
        while query("select count(*) from tasks where lease is null")
            .fetch_one::<i64>(&db)
            .await
            != Ok(0)
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(outbox.cancel(running).execute(&db).await, Ok(1));
        gate.notify_one();
    };
    let (summary, ()) = tokio::join!(app.run_tasks(), cancel);
    assert_eq!(summary.ran, 1);
    // The handler has recorded that its task was canceled. The query in its outcome has not run.
    assert_eq!(ran(&db).await, [(1, "canceled".to_owned())]);
    let logs = app.logs();
    assert!(
        logs.iter().all(|line| line["message"] != "task done"),
        "{logs:?}"
    );
}

#[whippet::test]
async fn the_data_of_an_attempt_is_written_with_its_outcome() {
    for (outcome, expected) in [("done", 0), ("dead", 1), ("retry", 1)] {
        let app = start().await;
        tasks(&app).await.send(&note(outcome)).await.unwrap();
        app.run_tasks().await;
        let db = app.context().db();
        assert_eq!(ran(&db).await, [(1, outcome.to_owned())]);
        assert_eq!(outbox(&db).await.len(), expected, "{outcome}");
    }
}

#[whippet::test]
async fn an_attempt_whose_data_cannot_be_written_fails() {
    let app = start().await;
    tasks(&app).await.send(&note("invalid")).await.unwrap();
    assert_eq!(app.run_tasks().await.ran, 1);
    let [task] = app.tasks().await.try_into().unwrap();
    let error = task.last_error.unwrap();
    assert!(
        error.starts_with("the queries of the attempt cannot be written"),
        "{error}"
    );
    assert_eq!((task.failures, task.state.as_str()), (1, "pending"));
}

/// A task whose arguments cannot be serialized.
#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("on purpose"))
    }
}

impl Task for Unwritable {
    const NAME: &'static str = "unwritable";
}

#[whippet::test]
async fn a_task_whose_arguments_cannot_be_serialized_fails_its_batch() {
    let app = start().await;
    let outbox = tasks(&app).await;
    let note = query("insert into ran values ('x', 0, 'data')");
    let batch = [note, outbox.enqueue(&Unwritable).into()];
    let db = app.context().db();
    let error = db.batch(batch).await.unwrap_err();
    assert!(
        matches!(&error, DbError::Decode(why) if why.contains("unwritable")),
        "{error}"
    );
    assert!(ran(&db).await.is_empty());
}
