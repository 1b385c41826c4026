//! Recording the outcome of an attempt.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use whippet::host::Database;
use whippet::tasks::{Attempt, Done, task};
use whippet::testing::TestApp;
use whippet::{DbError, Rows, Statement, query};

use crate::gate::{Gate, Work, enqueue, with_gate};
use crate::support::{app, budget, outbox, ran};

type DbFuture<'a, T> = BoxFuture<'a, Result<T, DbError>>;

/// A database that fails to record outcomes while its counter is above 0. Each failure decreases the counter.
struct Flaky(Arc<dyn Database>, Arc<AtomicU32>);

impl Flaky {
    fn fails<T: Send + 'static>(&self, statements: &[&Statement]) -> Option<DbFuture<'_, T>> {
        let is_end = |statement: &&Statement| {
            statement.sql.starts_with("delete from tasks")
                || statement.sql.contains("last_error = ")
        };
        let fails = statements.iter().any(is_end)
            && self
                .1
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        let error = DbError::Busy("D1_ERROR: Network connection lost.".to_owned());
        fails.then(|| Box::pin(ready(Err(error))) as DbFuture<'_, T>)
    }
}

impl Database for Flaky {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        let failure = self.fails(&[&statement]);
        failure.unwrap_or_else(|| self.0.fetch(statement))
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        let failure = self.fails(&[&statement]);
        failure.unwrap_or_else(|| self.0.execute(statement))
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        let failure = self.fails(&statements.iter().collect::<Vec<_>>());
        failure.unwrap_or_else(|| self.0.batch(statements))
    }
}

#[whippet::test]
async fn a_short_failure_of_the_database_after_a_success_does_not_repeat_the_task() {
    let failures = Arc::new(AtomicU32::new(3));
    let left = Arc::clone(&failures);
    let app = TestApp::builder()
        .database(|database| Arc::new(Flaky(database, left)))
        .start(|_| Ok(with_gate(Gate::default())))
        .await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    app.advance("1h").await;
    assert_eq!(failures.load(Ordering::Relaxed), 0);
    assert_eq!(ran(&db).await, [(1, "ran".to_owned())]);
    assert_eq!(outbox(&db).await, []);
}

/// A database that loses one response: it commits the first batch that contains an outcome, but returns an error.
struct LosesResponse(Arc<dyn Database>, Arc<AtomicU32>);

impl Database for LosesResponse {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        let is_end = |statement: &Statement| statement.sql.starts_with("delete from tasks");
        let is_lost = statements.iter().any(is_end) && self.1.fetch_add(1, Ordering::Relaxed) == 0;
        let results = self.0.batch(statements);
        Box::pin(async move {
            let results = results.await?;
            match is_lost {
                true => Err(DbError::Busy("Network connection lost.".to_owned())),
                false => Ok(results),
            }
        })
    }
}

#[whippet::test]
async fn an_outcome_is_recorded_and_logged_once_if_the_response_of_the_database_is_lost() {
    let done = task(async |_: Work, attempt: Attempt| {
        let insert = query("insert into ran values (?1, ?2, 'done')").bind(&attempt.task_id);
        Ok(Done::with([insert.bind(attempt.number)]))
    });
    let batches = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&batches);
    let app = TestApp::builder()
        .database(|database| Arc::new(LosesResponse(database, counted)))
        .start(|_| Ok(app().task(done)))
        .await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    app.advance("1m").await;
    assert_eq!(ran(&db).await, [(1, "done".to_owned())]);
    assert_eq!(outbox(&db).await, []);
    assert_eq!(batches.load(Ordering::Relaxed), 2);
    let lines = app.logs();
    let ended: Vec<_> = lines
        .iter()
        .filter_map(|line| line["message"].as_str())
        .filter(|message| message.starts_with("task "))
        .collect();
    assert_eq!(ended, ["task done"]);
}

/// A database that keeps its lock between the statements of a batch, like the database on Spin.
struct Locked(Arc<dyn Database>, Arc<tokio::sync::Mutex<()>>);

impl Database for Locked {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        Box::pin(async move {
            let _locked = self.1.lock().await;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            self.0.batch(statements).await
        })
    }
}

#[whippet::test]
async fn a_claim_does_not_wait_for_the_lock_of_an_attempt_that_waits_for_the_claim() {
    let done = task(async |_: Work, attempt: Attempt| {
        let insert = query("insert into ran values (?1, ?2, 'done')").bind(&attempt.task_id);
        Ok(Done::with([insert.bind(attempt.number)]))
    });
    let app = TestApp::builder()
        .database(|database| Arc::new(Locked(database, Arc::default())))
        .start(|_| Ok(app().task(done)))
        .await;
    let db = app.context().db();
    for number in 0..20 {
        enqueue(&db, &number.to_string(), false).await;
    }
    let summary = app.service().run_due_tasks_within(budget(4, 100)).await;
    assert_eq!((summary.ran, ran(&db).await.len()), (20, 20));
}
