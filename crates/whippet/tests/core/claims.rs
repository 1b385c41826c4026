//! Failed claims of due tasks. A claim can fail, for example, because the disk is full.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::json;
use whippet::host::Database;
use whippet::testing::TestApp;
use whippet::{DbError, Rows, Statement};

use crate::gate::{Gate, enqueue, with_gate};
use crate::support::ran;

type DbFuture<'a, T> = BoxFuture<'a, Result<T, DbError>>;

/// The state of a disk: whether it is full, and how many claims have failed.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) is_full: Arc<AtomicBool>,
    pub(crate) rejected: Arc<AtomicUsize>,
}

/// A database in which one query fails: the query that reads when the next task is due.
struct WithoutNextDue(Arc<dyn Database>);

impl Database for WithoutNextDue {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        if statement.sql.contains("min(due_at)") {
            let error = DbError::Busy("database is locked".to_owned());
            return Box::pin(ready(Err(error)));
        }
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        self.0.batch(statements)
    }
}

/// A database in which claims fail while the disk is full.
pub(crate) struct FullDatabase(pub(crate) Arc<dyn Database>, pub(crate) Disk);

impl Database for FullDatabase {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        let Self(database, disk) = self;
        let claims = statements.iter().any(|s| s.sql.contains("set attempt"));
        if claims && disk.is_full.load(Ordering::Relaxed) {
            disk.rejected.fetch_add(1, Ordering::Relaxed);
            let error = DbError::Database("database or disk is full".to_owned());
            return Box::pin(ready(Err(error)));
        }
        database.batch(statements)
    }
}

/// Starts an app with one due task, and fills its disk.
async fn with_full_disk() -> (TestApp, Disk) {
    let disk = Disk::default();
    let full = disk.clone();
    let app = TestApp::builder()
        .database(|database| Arc::new(FullDatabase(database, full)))
        .start(|_| Ok(with_gate(Gate::default())))
        .await;
    enqueue(&app.context().db(), "a", false).await;
    disk.is_full.store(true, Ordering::Relaxed);
    (app, disk)
}

#[whippet::test]
async fn after_a_failed_claim_the_next_claim_is_due_in_5_seconds() {
    let (app, disk) = with_full_disk().await;
    let drained = app.run_tasks().await;
    let pause = drained.next_due.unwrap().since(app.context().clock().now());
    assert_eq!((drained.ran, pause), (0, Duration::from_secs(5)));

    disk.is_full.store(false, Ordering::Relaxed);
    assert_eq!(app.run_tasks().await.ran, 1);
    assert_eq!(ran(&app.context().db()).await, [(1, "ran".to_owned())]);
}

#[whippet::test]
async fn after_a_failed_read_of_the_next_due_time_the_next_claim_is_due_in_5_seconds() {
    let app = TestApp::builder()
        .database(|database| Arc::new(WithoutNextDue(database)))
        .start(|_| Ok(with_gate(Gate::default())))
        .await;
    let next_due = app.run_tasks().await.next_due.unwrap();
    let pause = next_due.since(app.context().clock().now());
    assert_eq!(pause, Duration::from_secs(5));
}

#[whippet::test]
async fn a_streak_of_failed_claims_is_logged_at_its_start_and_at_its_end() {
    let (app, disk) = with_full_disk().await;
    for is_full in [true, true, false, false, true, true] {
        disk.is_full.store(is_full, Ordering::Relaxed);
        app.run_tasks().await;
    }
    let logs = app.logs();
    let lines = logs.iter();
    let lines = lines.filter(|line| {
        line["message"]
            .as_str()
            .is_some_and(|m| m.contains("claim"))
    });
    let lines: Vec<_> = lines
        .map(|line| json!([line["message"], line["error"]]))
        .collect();
    let failed = json!(["failed to claim due tasks", "database or disk is full"]);
    let recovered = json!(["due tasks can be claimed again", null]);
    assert_eq!(lines, [failed.clone(), recovered, failed]);
}
