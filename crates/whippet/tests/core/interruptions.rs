//! Attempts that are interrupted because their process ends. Such an attempt does not count as a failure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use whippet::host::Budget;
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{App, Db, Task, TaskError, query};

use crate::support::{app, budget, outbox, ran, record};
use std::sync::Arc;

/// A task that hangs in its first attempts and fails in the others.
#[derive(Serialize, Deserialize)]
struct Flaky {
    hangs: u32,
}

impl Task for Flaky {
    const NAME: &'static str = "flaky";
}

/// A task with a short time limit.
#[derive(Serialize, Deserialize)]
struct Quick;

impl Task for Quick {
    const NAME: &'static str = "quick";
}

fn with_flaky(started: Arc<Notify>) -> App {
    let flaky = move |task: Flaky, attempt: Attempt, db: Db| {
        let started = Arc::clone(&started);
        async move {
            let last = if attempt.is_last { " last" } else { "" };
            record(&db, &attempt, &format!("{}{last}", attempt.task_id)).await?;
            if attempt.number <= task.hangs {
                started.notify_one();
                std::future::pending::<()>().await;
            }
            Err::<(), _>(TaskError::retry("on purpose"))
        }
    };
    app().task(task(flaky).retry("1s 1s".parse().unwrap()))
}

async fn insert(db: &Db, id: &str, hangs: u32) {
    let insert = query(
        "insert into tasks (id, name, args, due_at, created_at) values (?1, 'flaky', ?2, 0, 0)",
    );
    let args = serde_json::to_string(&Flaky { hangs }).unwrap();
    insert.bind(id).bind(args).execute(db).await.unwrap();
}

/// Runs due tasks and drops the run as soon as a task hangs, as if the process had died. Then waits until the lease has
/// expired.
async fn crash(app: &TestApp, started: &Notify, budget: Budget) {
    tokio::select! {
        summary = app.service().run_due_tasks_within(budget) => panic!("no task hangs: {summary:?}"),
        () = started.notified() => {}
    }
    app.jump(Duration::from_secs(45));
}

#[whippet::test]
async fn an_interrupted_attempt_does_not_use_up_the_schedule() {
    let started = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_flaky(Arc::clone(&started)))).await;
    let db = app.context().db();
    insert(&db, "a", 4).await;
    for _ in 0..4 {
        crash(&app, &started, budget(4, 100)).await;
    }
    app.run_tasks().await;
    app.advance("10s").await;
    let expected = [
        (1, "a"),
        (2, "a"),
        (3, "a"),
        (4, "a"),
        (5, "a"),
        (6, "a"),
        (7, "a last"),
    ];
    let expected = expected.map(|(number, note)| (number, note.to_owned()));
    assert_eq!(ran(&db).await, expected);
    let error = Some("on purpose".to_owned());
    assert_eq!(outbox(&db).await, [("dead".to_owned(), 7, error)]);
}

#[whippet::test]
async fn the_lease_of_a_task_depends_on_its_own_time_limit() {
    let started = Arc::new(Notify::new());
    let hang = Arc::clone(&started);
    let quick = move |_: Quick, attempt: Attempt| {
        let started = Arc::clone(&hang);
        async move {
            if attempt.number == 1 {
                started.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    };
    let slow = with_flaky(Arc::default());
    let app = slow.task(task(quick).timeout(Duration::from_secs(1)));
    let app = TestApp::new(|_| Ok(app)).await;
    app.sql("insert into tasks (id, name, args, due_at, created_at) values ('q', 'quick', 'null', 0, 0)").await;
    tokio::select! {
        _ = app.run_tasks() => panic!("the task does not hang"),
        () = started.notified() => {}
    }
    // The lease lasts 1 s for the attempt and 15 s to record the outcome.
    assert_eq!(app.advance(Duration::from_millis(15_999)).await.ran, 0);
    assert_eq!(app.advance("1ms").await.ran, 1);
}

/// Returns the budget of a host on which a trap ends all attempts of an instance.
fn isolating(max_concurrent: u32) -> Budget {
    Budget {
        isolates_crashed: true,
        ..budget(max_concurrent, 100)
    }
}

#[whippet::test]
async fn a_task_that_traps_kills_the_tasks_beside_it_once_and_then_only_itself() {
    let started = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_flaky(Arc::clone(&started)))).await;
    let db = app.context().db();
    insert(&db, "trap", 100).await;
    for id in ["b", "c", "d"] {
        insert(&db, id, 0).await;
    }
    // Simulates an instance that has claimed the four tasks together and has trapped.
    app.sql("update tasks set attempt = 1, lease = 'x'").await;
    for _ in 0..20 {
        app.jump("45s");
        tokio::select! {
            _ = app.service().run_due_tasks_within(isolating(4)) => {}
            // The task `trap` has started. The run is dropped, as if the instance had trapped again.
            () = started.notified() => {}
        }
    }
    let crashes = "select count(*) from ran where task_id = 'trap'";
    assert_eq!(query(crashes).fetch_one::<i64>(&db).await, Ok(4));
    // Each of the three other tasks has made its three attempts. The first trap interrupted these tasks, but did not
    // count as a failure. The later traps did not interrupt them.
    let others = "select count(*) from ran where task_id <> 'trap'";
    assert_eq!(query(others).fetch_one::<i64>(&db).await, Ok(9));
    let errors = "select last_error from tasks where id = 'trap' and state = 'dead'";
    let error: String = query(errors).fetch_one(&db).await.unwrap();
    assert!(
        error.starts_with("5 attempts in a row ended without an outcome"),
        "{error}"
    );
}

#[whippet::test]
async fn a_crashed_task_runs_alone_and_then_the_run_continues() {
    let started = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_flaky(Arc::clone(&started)))).await;
    let db = app.context().db();
    insert(&db, "crashed", 0).await;
    app.sql("update tasks set attempt = 1, lease = 'x'").await;
    for id in ["b", "c"] {
        insert(&db, id, 0).await;
    }
    assert_eq!(
        app.service().run_due_tasks_within(isolating(4)).await.ran,
        3
    );
    let first = "select task_id from ran order by rowid limit 1";
    assert_eq!(
        query(first).fetch_one::<String>(&db).await.unwrap(),
        "crashed"
    );
}

#[whippet::test]
async fn natively_a_task_that_crashed_twice_runs_with_other_tasks_but_not_with_another_such_task() {
    let started = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_flaky(Arc::clone(&started)))).await;
    let db = app.context().db();
    for id in ["a", "b", "c"] {
        insert(&db, id, 9).await;
    }
    app.sql("update tasks set attempt = 2, crashes = 1, lease = 'x' where id <> 'c'")
        .await;
    crash(&app, &started, budget(4, 100)).await;
    let attempts: Vec<(String, u32)> = query("select id, attempt from tasks order by id")
        .fetch_all(&db)
        .await
        .unwrap();
    let expected = [("a", 3), ("b", 2), ("c", 1)];
    assert_eq!(
        attempts,
        expected.map(|(id, attempt)| (id.to_owned(), attempt))
    );
}

#[whippet::test]
async fn a_task_that_is_handed_back_is_due_now_and_counts_neither_as_failed_nor_as_crashed() {
    let started = Arc::new(Notify::new());
    let app = TestApp::new(|_| Ok(with_flaky(Arc::clone(&started)))).await;
    let db = app.context().db();
    insert(&db, "a", 1).await;
    tokio::select! {
        _ = app.run_tasks() => panic!("the task does not hang"),
        () = started.notified() => {}
    }
    assert_eq!(app.service().hand_back_tasks().await, Ok(1));
    assert_eq!(app.service().hand_back_tasks().await, Ok(0));
    let counts = query("select failures, crashes, attempt from tasks");
    assert_eq!(counts.fetch_one(&db).await, Ok((0, 0, 1)));
    assert_eq!(app.run_tasks().await.ran, 1);
    assert_eq!(ran(&db).await.len(), 2);
}
