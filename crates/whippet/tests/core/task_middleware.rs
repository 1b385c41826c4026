//! Middleware around the attempts of tasks.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::routing::post;
use whippet::tasks::{Done, Next};
use whippet::testing::TestApp;
use whippet::{App, Context, Problem, TaskError, Tasks, query, task, tasks};

use crate::support::{app, outbox, ran};

#[derive(Clone, Serialize, Deserialize)]
enum Step {
    Succeed,
    Fail,
    Snooze,
    Hang,
    Panic,
}

#[task(retry = "1s", timeout = "10s")]
async fn step(step: Step) -> Result<(), TaskError> {
    match step {
        Step::Succeed => Ok(()),
        Step::Fail => Err(TaskError::retry("on purpose")),
        Step::Snooze => Err(TaskError::snooze(Duration::from_secs(60))),
        Step::Hang => std::future::pending().await,
        Step::Panic => panic!("on purpose"),
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Other;

#[task]
async fn other(_: Other) -> Result<(), TaskError> {
    Ok(())
}

async fn note(context: &Context, next: &Next, text: &str) -> Result<(), TaskError> {
    let insert = query("insert into ran values (?1, ?2, ?3)").bind(&next.attempt().task_id);
    let insert = insert.bind(next.attempt().number).bind(text);
    insert.execute(&context.db()).await?;
    Ok(())
}

/// Middleware that records the name and the data of a task before an attempt. In the transaction that ends the attempt,
/// it also records the outcome.
async fn record(context: Context, next: Next) -> Result<Done, TaskError> {
    let before = format!("{} {} starts", next.name(), next.args());
    note(&context, &next, &before).await?;
    let attempt = next.attempt().clone();
    let row = |note: String| {
        let insert = query("insert into ran values (?1, ?2, ?3)").bind(&attempt.task_id);
        [insert.bind(attempt.number).bind(note)]
    };
    match next.run().await {
        Ok(done) => Ok(done.and(row("done".to_owned()))),
        Err(error) => {
            let kind = match (error.is_snooze(), error.is_dead() || attempt.is_last) {
                (true, _) => "snoozed",
                (_, true) => "dead",
                _ => "failed",
            };
            let note = format!("{kind}: {error}");
            Err(error.with(row(note)))
        }
    }
}

async fn enqueue(tasks: Tasks, step: whippet::Json<Step>) -> Result<(), Problem> {
    tasks.send(&step.0).await?;
    Ok(())
}

/// Enqueues a step, and runs its first attempt. Returns the notes of the middleware.
async fn notes_of(app: &TestApp, step: &Step) -> Vec<String> {
    app.post("/").json(step).await.assert_status(200);
    match step {
        Step::Hang => app.advance("10s").await,
        _ => app.run_tasks().await,
    };
    let notes = ran(&app.context().db()).await;
    notes.into_iter().map(|(_, note)| note).collect()
}

async fn start(with: impl FnOnce(App) -> App) -> TestApp {
    let app = with(app().tasks(tasks![step, other]).route("/", post(enqueue)));
    TestApp::new(|_| Ok(app)).await
}

#[whippet::test]
async fn middleware_runs_before_and_after_an_attempt_and_sees_its_outcome() {
    for (step, after) in [
        (Step::Succeed, "done"),
        (Step::Fail, "failed: on purpose"),
        (Step::Snooze, "snoozed: the task was snoozed"),
        (Step::Hang, "failed: the attempt did not finish within 10 s"),
    ] {
        let app = start(|app| app.task_middleware(record)).await;
        let args = serde_json::to_string(&step).unwrap();
        let expected = [format!("step {args} starts"), after.to_owned()];
        assert_eq!(notes_of(&app, &step).await, expected);
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn middleware_sees_the_panic_of_an_attempt() {
    let app = start(|app| app.task_middleware(record)).await;
    let notes = notes_of(&app, &Step::Panic).await;
    assert_eq!(notes[1], "failed: the handler panicked: on purpose");
}

#[whippet::test]
async fn the_last_attempt_is_known_to_middleware() {
    let app = start(|app| app.task_middleware(record)).await;
    notes_of(&app, &Step::Fail).await;
    app.advance("2s").await;
    let notes = ran(&app.context().db()).await;
    assert_eq!(notes[3], (2, "dead: on purpose".to_owned()));
}

#[whippet::test]
async fn the_middleware_that_was_added_last_starts_first() {
    async fn outer(context: Context, next: Next) -> Result<Done, TaskError> {
        note(&context, &next, "outer").await?;
        next.run().await
    }
    async fn inner(context: Context, next: Next) -> Result<Done, TaskError> {
        note(&context, &next, "inner").await?;
        next.run().await
    }
    let app = start(|app| {
        app.task_middleware(record)
            .task_middleware(inner)
            .task_middleware(outer)
    });
    let notes = notes_of(&app.await, &Step::Succeed).await;
    assert_eq!(notes, ["outer", "inner", "step \"Succeed\" starts", "done"]);
}

#[whippet::test]
async fn middleware_may_change_the_outcome_or_not_run_the_task() {
    async fn forgive(_: Context, next: Next) -> Result<Done, TaskError> {
        next.run().await.or(Ok(Done::default()))
    }
    let app = start(|app| app.task_middleware(forgive)).await;
    notes_of(&app, &Step::Fail).await;
    assert_eq!(outbox(&app.context().db()).await, []);
    async fn reject(_: Context, _: Next) -> Result<Done, TaskError> {
        Err(TaskError::dead("closed"))
    }
    let app = start(|app| app.task_middleware(record).task_middleware(reject)).await;
    assert_eq!(notes_of(&app, &Step::Succeed).await, [""; 0]);
    let dead = ("dead".to_owned(), 1, Some("closed".to_owned()));
    assert_eq!(outbox(&app.context().db()).await, [dead]);
}

#[whippet::test]
async fn middleware_that_hangs_fails_the_attempt_before_the_lease_ends() {
    async fn hang(_: Context, next: Next) -> Result<Done, TaskError> {
        drop(next.run().await);
        std::future::pending().await
    }
    let app = start(|app| app.task_middleware(hang)).await;
    app.post("/").json(&Step::Succeed).await.assert_status(200);
    app.advance("15s").await;
    let error = Some("the attempt did not finish within 15 s".to_owned());
    let failed = ("pending".to_owned(), 1, error);
    assert_eq!(outbox(&app.context().db()).await, [failed]);
}

#[whippet::test]
async fn middleware_of_a_mounted_app_wraps_only_the_tasks_of_this_app() {
    async fn outer(context: Context, next: Next) -> Result<Done, TaskError> {
        note(&context, &next, next.name()).await?;
        next.run().await
    }
    async fn send_both(tasks: Tasks) -> Result<(), Problem> {
        tasks.send(&Other).await?;
        tasks.send(&Step::Succeed).await?;
        Ok(())
    }
    let inner = App::new().tasks(tasks![step]).task_middleware(record);
    let outer = app().tasks(tasks![other]).task_middleware(outer);
    let both = outer.mount("/inner", inner).route("/", post(send_both));
    let app = TestApp::new(|_| Ok(both)).await;
    app.post("/").await.assert_status(200);
    app.run_tasks().await;
    let mut notes: Vec<_> = ran(&app.context().db()).await;
    notes.sort();
    let notes: Vec<_> = notes.iter().map(|(_, note)| &**note).collect();
    assert_eq!(notes, ["done", "other", "step", "step \"Succeed\" starts"]);
}

#[whippet::test]
async fn middleware_has_the_request_id_of_the_request_that_enqueued_the_task() {
    async fn identify(context: Context, next: Next) -> Result<Done, TaskError> {
        whippet::log::bind("seen", "by middleware");
        let tasks = query("select request_id from tasks where id = ?1");
        let tasks = tasks.bind(&next.attempt().task_id);
        let id: String = tasks.fetch_one(&context.db()).await?;
        note(&context, &next, &id).await?;
        next.run().await
    }
    let app = start(|app| app.task_middleware(identify)).await;
    let request = app.post("/").header("x-request-id", "req-9");
    request.json(&Step::Succeed).await.assert_status(200);
    app.run_tasks().await;
    assert_eq!(ran(&app.context().db()).await[0].1, "req-9");
    let logs = app.logs();
    let line = logs.iter().find(|line| line["message"] == "task done");
    let line = line.unwrap();
    assert_eq!(line["seen"], "by middleware");
    assert_eq!(line["request_id"], "req-9");
}
