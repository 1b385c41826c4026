//! Leases on tasks. Only the worker that holds the lease runs a task. If this worker dies, another worker runs the task
//! after the lease has expired.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use whippet::host::Database;
use whippet::testing::TestApp;
use whippet::{Config, DbError, Rows, Statement, query};

use crate::gate::{Gate, enqueue, with_gate};
use crate::support::{budget, outbox, ran};

/// The duration of a lease with the default timeout: 30 s for the attempt, and 15 s to record the outcome.
const LEASE: Duration = Duration::from_secs(45);

/// Returns an app with one task. The first attempt of the task hung and was dropped, as if the worker had died.
async fn abandoned() -> (TestApp, Gate) {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(with_gate(gate.clone()))).await;
    enqueue(&app.context().db(), "a", true).await;
    tokio::select! {
        _ = app.run_tasks() => panic!("the task does not hang"),
        () = gate.reached.notified() => {}
    }
    (app, gate)
}

#[whippet::test]
async fn a_task_of_a_dead_worker_runs_again_when_its_lease_expires() {
    let (app, _gate) = abandoned().await;
    assert_eq!(app.advance(LEASE - Duration::from_millis(1)).await.ran, 0);
    assert_eq!(app.advance("1ms").await.ran, 1);
    assert_eq!(ran(&app.context().db()).await, [(2, "ran".to_owned())]);
}

#[whippet::test]
async fn a_task_is_dead_after_five_attempts_in_a_row_without_an_outcome() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let db = app.context().db();
    for crashes in [3, 4] {
        enqueue(&db, &crashes.to_string(), false).await;
        let crashed =
            query("update tasks set attempt = ?1, crashes = ?1, lease = 'x' where id = ?1");
        crashed.bind(crashes).execute(&db).await.unwrap();
        app.run_tasks().await;
    }
    assert_eq!(ran(&db).await, [(4, "ran".to_owned())]);
    let [(state, started, error)] = outbox(&db).await.try_into().unwrap();
    assert_eq!((state.as_str(), started), ("dead", 5));
    let error = error.unwrap();
    assert!(
        error.starts_with("5 attempts in a row ended without an outcome"),
        "{error}"
    );
}

#[whippet::test]
async fn an_attempt_that_ends_after_its_lease_has_expired_changes_nothing() {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(with_gate(gate.clone()))).await;
    let db = app.context().db();
    enqueue(&db, "a", true).await;
    let late = app.run_tasks();
    let meanwhile = async {
        gate.reached.notified().await;
        app.jump(LEASE);
        assert_eq!(app.run_tasks().await.ran, 1);
        gate.opened.notify_one();
    };
    let (late, ()) = tokio::join!(late, meanwhile);
    assert_eq!(late.ran, 1);
    // The first attempt succeeded only after its lease had expired. So its success is not recorded, and the row of the
    // task still exists.
    let error = Some("on purpose".to_owned());
    assert_eq!(outbox(&db).await, [("dead".to_owned(), 2, error)]);
}

/// A database that waits at the gate before it responds to a claim.
struct SlowClaims(Arc<dyn Database>, Gate);

impl Database for SlowClaims {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        let is_claim = statements[0].sql.starts_with("update tasks set ready = 1");
        Box::pin(async move {
            let rows = self.0.batch(statements).await;
            if is_claim {
                self.1.reached.notify_one();
                self.1.opened.notified().await;
            }
            rows
        })
    }
}

#[whippet::test]
async fn an_attempt_does_not_start_after_its_lease_has_expired() {
    let gate = Gate::default();
    let slow = gate.clone();
    let app = TestApp::builder()
        .database(|database| Arc::new(SlowClaims(database, slow)))
        .start(|_| Ok(with_gate(Gate::default())))
        .await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    let late = async {
        gate.reached.notified().await;
        app.jump(LEASE);
        gate.opened.notify_one();
    };
    tokio::join!(app.run_tasks(), late);
    assert_eq!(ran(&db).await, []);
    gate.opened.notify_one();
    app.run_tasks().await;
    assert_eq!(ran(&db).await, [(2, "ran".to_owned())]);
}

#[whippet::test]
async fn two_workers_on_one_database_run_every_task_once() {
    let build = |_: &Config| Ok(with_gate(Gate::default()));
    let one = TestApp::new(build).await;
    let two = TestApp::builder()
        .sharing_database_with(&one)
        .seed(2)
        .start(build)
        .await;
    let db = one.context().db();
    for number in 0..300 {
        enqueue(&db, &number.to_string(), false).await;
    }
    let (a, b) = tokio::join!(
        one.service().run_due_tasks_within(budget(16, 1000)),
        two.service().run_due_tasks_within(budget(16, 1000))
    );
    assert_eq!(a.ran + b.ran, 300);
    assert!(a.ran > 0 && b.ran > 0, "{a:?} {b:?}");
    let once = "select count(distinct task_id) * 1000 + count(*) from ran where attempt = 1";
    assert_eq!(query(once).fetch_one::<i64>(&db).await, Ok(300_300));
}
