//! Groups of tasks, and the task that runs when all tasks of a group have ended.

mod enqueue;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::{Attempt, Enqueue, Members, SCHEMA_GROUPS, task};
use whippet::testing::TestApp;
use whippet::{App, Config, Db, Query, Task, TaskError, Tasks, query};

use crate::support::{app, outbox, ran, record};

#[derive(Clone, Serialize, Deserialize)]
enum Part {
    Succeeds,
    FailsOnce,
    Dies,
    Hangs,
}

impl Task for Part {
    const NAME: &'static str = "part";
}

/// The task that follows a group.
#[derive(Clone, Serialize, Deserialize)]
struct Finish {
    requires_done: bool,
}

impl Task for Finish {
    const NAME: &'static str = "finish";
}

const FINISH: Finish = Finish {
    requires_done: false,
};

async fn finish(task: Finish, attempt: Attempt, members: Members, db: Db) -> Result<(), TaskError> {
    if task.requires_done {
        members.require_done()?;
    }
    let Members {
        done,
        dead,
        canceled,
        ..
    } = members;
    record(&db, &attempt, &format!("{done} {dead} {canceled}")).await?;
    Ok(())
}

/// The task [`Part::Hangs`] notifies this when its first attempt starts to hang.
type Reached = Arc<Notify>;

fn with_groups(reached: &Reached) -> App {
    let reached = Arc::clone(reached);
    let part = move |part: Part, attempt: Attempt| {
        let reached = Arc::clone(&reached);
        async move {
            match part {
                Part::FailsOnce if attempt.number == 1 => Err(TaskError::retry("on purpose")),
                Part::Hangs if attempt.number == 1 => {
                    reached.notify_one();
                    std::future::pending().await
                }
                Part::Dies if attempt.number == 1 => Err(TaskError::dead("on purpose")),
                _ => Ok(()),
            }
        }
    };
    app()
        .task(task(part).retry("1m".parse().unwrap()))
        .task(task(finish))
}

async fn start() -> (TestApp, Tasks, Db) {
    let config = Config::from_iter([("SWEEP_KEY", "k")]);
    let app = TestApp::with_config(config, |_| Ok(with_groups(&Reached::default()))).await;
    app.sql(SCHEMA_GROUPS).await;
    let (tasks, db) = (tasks_of(&app).await, app.context().db());
    (app, tasks, db)
}

async fn tasks_of(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    Tasks::from_request_parts(&mut parts, app.context())
        .await
        .unwrap()
}

/// Returns the queries that enqueue a group. The ids of its members are `0`, `1` and so on.
fn group(tasks: &Tasks, parts: &[Part], follower: Enqueue<'_>) -> [Query; 2] {
    let parts = parts.iter().enumerate();
    let parts = parts.map(|(id, part)| tasks.enqueue(part).with_id(id.to_string()));
    tasks.group(parts).then(follower)
}

async fn enqueue(tasks: &Tasks, db: &Db, parts: &[Part]) {
    let follower = tasks.enqueue(&FINISH).with_id("finish");
    db.batch(group(tasks, parts, follower)).await.unwrap();
}

async fn notes(db: &Db) -> Vec<String> {
    ran(db).await.into_iter().map(|(_, note)| note).collect()
}

#[whippet::test]
async fn a_task_that_follows_a_group_runs_once_when_all_tasks_of_the_group_have_ended() {
    let (app, tasks, db) = start().await;
    enqueue(
        &tasks,
        &db,
        &[Part::Succeeds, Part::FailsOnce, Part::Succeeds],
    )
    .await;
    assert_eq!(app.run_tasks().await.ran, 3);
    assert_eq!(notes(&db).await, [""; 0]);
    assert_eq!(app.advance("2m").await.ran, 2);
    assert_eq!(notes(&db).await, ["3 0 0"]);
    assert_eq!(outbox(&db).await, []);
    assert_eq!(app.advance("1d").await.ran, 0);
}

#[whippet::test]
async fn a_run_that_ends_the_last_task_of_a_group_also_runs_the_task_that_follows() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[Part::Succeeds, Part::Dies]).await;
    let budget = crate::support::budget(1, 10);
    assert_eq!(app.service().run_due_tasks_within(budget).await.ran, 3);
    assert_eq!(notes(&db).await, ["1 1 0"]);
}

#[whippet::test]
async fn dead_and_canceled_tasks_do_not_block_the_task_that_follows() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[Part::Dies, Part::Succeeds, Part::FailsOnce]).await;
    app.run_tasks().await;
    assert_eq!(tasks.cancel("2").execute(&db).await.unwrap(), 2);
    app.run_tasks().await;
    assert_eq!(notes(&db).await, ["1 1 1"]);
}

#[whippet::test]
async fn canceling_the_last_pending_task_of_a_group_wakes_the_runner() {
    let (app, tasks, db) = start().await;
    let wait = tasks
        .enqueue(&Part::Succeeds)
        .with_id("w")
        .after(Duration::from_secs(3600));
    db.batch(tasks.group([wait]).then(tasks.enqueue(&FINISH)))
        .await
        .unwrap();
    assert_eq!(app.advance("1m").await.ran, 0);
    tasks.cancel("w").execute(&db).await.unwrap();
    assert_eq!(app.advance("1s").await.ran, 1);
    assert_eq!(notes(&db).await, ["0 0 1"]);
}

#[whippet::test]
async fn a_task_may_require_that_all_tasks_of_the_group_succeed_and_runs_again_after_they_have() {
    let (app, tasks, db) = start().await;
    let follower = tasks
        .enqueue(&Finish {
            requires_done: true,
        })
        .with_id("finish");
    db.batch(group(&tasks, &[Part::Dies, Part::Succeeds], follower))
        .await
        .unwrap();
    app.run_tasks().await;
    let error = query("select last_error from tasks where id = 'finish' and state = 'dead'");
    let error: String = error.fetch_one(&db).await.unwrap();
    assert_eq!(
        error,
        "1 of 2 tasks of the group have succeeded, 1 are dead, 0 were canceled"
    );
    app.sql("update tasks set args = '\"Succeeds\"' where id = '0'")
        .await;
    for id in ["0", "finish"] {
        assert_eq!(tasks.redrive(id).execute(&db).await.unwrap(), 1);
        app.run_tasks().await;
    }
    assert_eq!(notes(&db).await, ["2 0 0"]);
    assert_eq!(outbox(&db).await, []);
}

#[whippet::test]
async fn a_dead_task_that_runs_again_blocks_the_task_that_follows_again() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[Part::Dies, Part::FailsOnce]).await;
    app.run_tasks().await;
    app.sql("update tasks set args = '\"FailsOnce\"' where id = '0'")
        .await;
    tasks.redrive("0").execute(&db).await.unwrap();
    tasks.cancel("1").execute(&db).await.unwrap();
    app.run_tasks().await;
    assert_eq!(notes(&db).await, [""; 0]);
    app.advance("2m").await;
    assert_eq!(notes(&db).await, ["1 0 1"]);
}

#[whippet::test]
async fn a_late_end_of_a_task_does_not_count() {
    let reached = Reached::default();
    let app = TestApp::new(|_| Ok(with_groups(&reached))).await;
    app.sql(SCHEMA_GROUPS).await;
    let (tasks, db) = (tasks_of(&app).await, app.context().db());
    enqueue(&tasks, &db, &[Part::Hangs, Part::FailsOnce]).await;
    tokio::select! {
        _ = app.run_tasks() => panic!("the task does not hang"),
        () = reached.notified() => {}
    }
    // The hanging attempt was dropped. Now its lease ends.
    app.advance("10m").await;
    assert_eq!(notes(&db).await, ["2 0 0"]);
}

#[whippet::test]
async fn a_task_that_follows_a_group_does_not_start_before_its_time() {
    let (app, tasks, db) = start().await;
    let later = tasks.enqueue(&FINISH).after(Duration::from_secs(3600));
    db.batch(group(&tasks, &[Part::Succeeds], later))
        .await
        .unwrap();
    app.advance("59m").await;
    assert_eq!(notes(&db).await, [""; 0]);
    app.advance("1m").await;
    assert_eq!(notes(&db).await, ["1 0 0"]);
}

#[whippet::test]
async fn a_canceled_task_that_follows_a_group_never_runs() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[Part::Succeeds]).await;
    assert_eq!(tasks.cancel("finish").execute(&db).await.unwrap(), 1);
    assert_eq!(app.run_tasks().await.ran, 1);
    assert_eq!(outbox(&db).await, []);
}
