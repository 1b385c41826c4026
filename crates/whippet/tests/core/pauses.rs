//! Pauses of queues.

use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::Attempt;
use whippet::testing::TestApp;
use whippet::{App, Config, Db, TaskError, Tasks, task, tasks};

use crate::gate::{Gate, Work, with_gate};
use crate::support::{app, budget, ran, record};

#[derive(Clone, Serialize, Deserialize)]
struct Mail;

#[task(queue = "mail", retry = "1m")]
async fn mail(_: Mail, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    record(&db, &attempt, "mail").await?;
    Ok(())
}

#[derive(Clone, Serialize, Deserialize)]
struct Other;

#[task]
async fn other(_: Other, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    record(&db, &attempt, "other").await?;
    Ok(())
}

fn with_queues() -> App {
    app().tasks(tasks![mail, other])
}

async fn tasks_of(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    Tasks::from_request_parts(&mut parts, app.context())
        .await
        .unwrap()
}

async fn start() -> (TestApp, Tasks, Db) {
    let config = Config::from_iter([("SWEEP_KEY", "k")]);
    let app = TestApp::with_config(config, |_| Ok(with_queues())).await;
    let (tasks, db) = (tasks_of(&app).await, app.context().db());
    (app, tasks, db)
}

async fn notes(db: &Db) -> Vec<String> {
    ran(db).await.into_iter().map(|(_, note)| note).collect()
}

#[whippet::test]
async fn tasks_of_a_paused_queue_start_after_it_is_resumed() {
    let (app, tasks, db) = start().await;
    assert_eq!(tasks.pause("mail").execute(&db).await.unwrap(), 1);
    assert_eq!(tasks.pause("mail").execute(&db).await.unwrap(), 0);
    tasks.send(&Mail).await.unwrap();
    tasks.send(&Other).await.unwrap();
    app.advance("1h").await;
    assert_eq!(notes(&db).await, ["other"]);
    assert_eq!(tasks.resume("mail").execute(&db).await.unwrap(), 1);
    // Resuming the queue wakes the runner.
    app.advance("1s").await;
    assert_eq!(notes(&db).await, ["other", "mail"]);
    assert_eq!(tasks.resume("mail").execute(&db).await.unwrap(), 0);
}

#[whippet::test]
async fn a_run_does_not_wait_for_tasks_of_a_paused_queue() {
    let (app, tasks, db) = start().await;
    tasks.pause("mail").execute(&db).await.unwrap();
    tasks.send(&Mail).await.unwrap();
    let summary = app.service().run_due_tasks_within(budget(4, 10)).await;
    assert_eq!((summary.ran, summary.next_due), (0, None));
}

#[whippet::test]
async fn every_process_respects_a_pause_also_for_tasks_whose_lease_has_ended() {
    let (first, tasks, db) = start().await;
    let builder = TestApp::builder().sharing_database_with(&first);
    let second = builder.start(|_| Ok(with_queues())).await;
    let id = tasks.send(&Mail).await.unwrap();
    first
        .sql("update tasks set ready = 0, lease = 'x', attempt = 1")
        .await;
    tasks.pause("mail").execute(&db).await.unwrap();
    first.jump("1h");
    for app in [&first, &second] {
        assert_eq!(app.run_tasks().await.ran, 0);
    }
    tasks.resume("mail").execute(&db).await.unwrap();
    assert_eq!(second.run_tasks().await.ran, 1);
    assert_eq!(ran(&db).await, [(2, "mail".to_owned())], "{id}");
}

#[whippet::test]
async fn an_attempt_that_is_running_ends_although_its_queue_is_paused() {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(with_gate(gate.clone()))).await;
    let (tasks, db) = (tasks_of(&app).await, app.context().db());
    tasks.send(&Work { hangs: true }).await.unwrap();
    let pause = async {
        gate.reached.notified().await;
        tasks.pause("default").execute(&db).await.unwrap();
        gate.opened.notify_one();
    };
    tokio::join!(app.run_tasks(), pause);
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn an_operator_pauses_and_resumes_queues() {
    let (app, tasks, db) = start().await;
    let path = |queue: &str| format!("/_whippet/tasks/paused/{queue}");
    let paused = async || {
        let overview = app.get("/_whippet/tasks").bearer("k").await.json();
        overview["paused"].clone()
    };
    assert_eq!(app.put(&path("mail")).await.status, 401);
    assert_eq!(app.delete(&path("mail")).await.status, 401);
    assert_eq!(app.put(&path("male")).bearer("k").await.status, 404);
    assert_eq!(app.delete(&path("mail")).bearer("k").await.status, 404);
    assert_eq!(paused().await, json!([]));
    for _ in 0..2 {
        assert_eq!(app.put(&path("mail")).bearer("k").await.status, 204);
    }
    let since = "2026-01-01T00:00:00.000Z";
    assert_eq!(
        paused().await,
        json!([{"queue": "mail", "pausedAt": since}])
    );
    tasks.send(&Mail).await.unwrap();
    assert_eq!(app.run_tasks().await.ran, 0);
    let overview = app.get("/_whippet/tasks").bearer("k").await.json();
    assert_eq!(
        (
            &overview["tasks"][0]["name"],
            &overview["tasks"][0]["ready"]
        ),
        (&json!("mail"), &json!(1))
    );
    assert_eq!(app.delete(&path("mail")).bearer("k").await.status, 204);
    app.run_tasks().await;
    assert_eq!(notes(&db).await, ["mail"]);
}
