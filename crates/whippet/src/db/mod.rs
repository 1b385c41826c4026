//! The app's database, which uses SQLite's SQL dialect on every host.
//!
//! A [`Query`] consists of SQL and values, and runs on a [`Db`]. [`Db::batch`] runs several queries in one transaction.
//! The limits of Cloudflare D1 apply on every host, so a query that passes its tests on one host runs on all hosts.

mod batch;
pub mod checked;
mod column;
mod decode_error;
mod error;
mod failure;
mod query;
mod row;
mod shape;
mod value;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use batch::BatchResults;
pub use error::DbError;
pub use query::{AssertSqlSafe, Query, Sql, query};
pub use row::Rows;
pub use value::Value;

use crate::scope::Scope;
use crate::wake_up::WakeUp;
use crate::{Clock, Timestamp};

/// The maximum number of bound parameters in one statement (D1 platform limits).
pub const MAX_PARAMETERS: usize = 100;
/// The maximum length of one statement, in bytes (D1 platform limits).
pub const MAX_SQL_BYTES: usize = 100_000;
/// The maximum number of columns in a result or a table (D1 platform limits).
pub const MAX_COLUMNS: usize = 100;
/// The maximum number of bytes in a text, a blob or a row (D1 platform limits).
pub const MAX_VALUE_BYTES: usize = 2_000_000;
/// The largest integer that can be bound, which is 2^53 − 1 because D1 transfers numbers as IEEE doubles.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// The pauses before [`Db`] repeats a read that has failed because the database is busy. A write is not repeated: after
/// a lost connection, the write may have run. On Spin, the host's adapter repeats a write that failed because the
/// database was locked.
const READ_PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// An SQL statement that a host runs, and the values of its parameters.
#[derive(Debug, Clone)]
pub struct Statement {
    /// One SQL statement.
    pub sql: std::borrow::Cow<'static, str>,
    /// The values of the parameters `?1`, `?2`, …
    pub values: Vec<Value>,
}

impl Statement {
    /// Returns whether the statement begins with `select` or `values`. Such a statement never writes.
    pub(crate) fn only_reads(&self) -> bool {
        only_reads(&self.sql)
    }

    /// Returns whether the statement only reads, inserts, updates or deletes rows. Returns false for a statement that
    /// begins with a comment.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn only_changes_rows(&self) -> bool {
        self.may_only_read() || begins_with(&self.sql, &["insert", "update", "delete", "replace"])
    }

    /// Returns whether the statement begins with `select`, `values` or `with`. A statement that begins with `with` may
    /// still write.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn may_only_read(&self) -> bool {
        self.only_reads() || begins_with(&self.sql, &["with"])
    }
}

/// Returns whether the SQL begins with `select` or `values`. Such a statement never writes.
pub(crate) fn only_reads(sql: &str) -> bool {
    begins_with(sql, &["select", "values"])
}

fn begins_with(sql: &str, words: &[&str]) -> bool {
    let sql = sql.trim_ascii_start();
    words.iter().any(|word| {
        let first = sql.get(..word.len());
        first.is_some_and(|first| first.eq_ignore_ascii_case(word))
    })
}

/// The trait that hosts implement to run statements on their SQLite database.
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>>;

    /// Runs one statement and returns the number of rows that it changed.
    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>>;

    /// Runs the statements in order, in one transaction.
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>>;

    /// Opens a session. `start` is a bookmark, `first-primary` or `first-unconstrained`, as in D1's Sessions API. Returns
    /// `None` if the database has no replicas.
    fn session(&self, start: &str) -> Option<Arc<dyn DatabaseSession>> {
        let _ = start;
        None
    }
}

/// A session of a database with replicas. Each statement of the session sees what earlier statements have read or
/// written.
pub trait DatabaseSession: Database {
    /// Returns D1's bookmark: a text that identifies the latest state of the database that the session has seen.
    /// Returns `None` if the session has not run a statement yet.
    fn bookmark(&self) -> Option<String>;
}

/// A handle to the app's database. Handlers and tasks take a `Db` as an argument. Cloning a `Db` is cheap.
///
/// ```
/// use whippet::{App, Db, NoContent, Path, Problem, query, routing::delete};
///
/// async fn delete_user(db: Db, Path(id): Path<String>) -> Result<NoContent, Problem> {
///     let results = db.batch([
///         query("delete from sessions where user_id = ?1").bind(&id),
///         query("delete from users where id = ?1").bind(&id),
///     ]);
///     match results.await?.changes(1)? {
///         0 => Err(Problem::not_found("no user has this id")),
///         _ => Ok(NoContent),
///     }
/// }
///
/// fn app() -> App {
///     App::new().route("/users/{id}", delete(delete_user))
/// }
/// # whippet::testing::block_on(async {
/// # let app = whippet::testing::TestApp::new(|_| Ok(app())).await;
/// # app.sql("create table users (id text); create table sessions (user_id text); insert into users values ('u1')").await;
/// # app.delete("/users/u1").await.assert_status(204);
/// # app.delete("/users/u1").await.assert_status(404);
/// # });
/// ```
#[derive(Clone)]
pub struct Db {
    database: Arc<dyn Database>,
    wake_up: Arc<dyn WakeUp>,
    clock: Clock,
    /// The scope of the request or task attempt that runs the statements.
    scope: Option<Arc<Scope>>,
}

impl Db {
    pub(crate) fn new(
        database: Arc<dyn Database>,
        wake_up: Arc<dyn WakeUp>,
        clock: Clock,
        scope: Option<Arc<Scope>>,
    ) -> Self {
        Self {
            database,
            wake_up,
            clock,
            scope,
        }
    }

    /// Runs the queries in order, in one transaction, so that either all queries take effect or none.
    ///
    /// A batch is the only kind of transaction, because D1 has no transactions that stay open between queries. So a
    /// program cannot read a value and change it in one transaction. Instead, the SQL of the change has to check that
    /// the value is still current.
    ///
    /// # Errors
    ///
    /// Returns the error of the first query that fails. If a query fails, no query of the batch takes effect.
    pub async fn batch(
        &self,
        queries: impl IntoIterator<Item = impl Into<Query>>,
    ) -> Result<BatchResults, DbError> {
        let mut statements = Vec::new();
        let mut enqueues = Vec::new();
        for query in queries {
            let query: Query = query.into();
            enqueues.extend(query.enqueues().map(|due| (statements.len(), due)));
            statements.push(query.into_statement()?);
        }
        if statements.is_empty() {
            return Ok(BatchResults::new(Vec::new()));
        }
        let count = statements.len();
        let run = self.database.batch(statements);
        let rows = |results: &Vec<Rows>| results.iter().map(Rows::returned_or_changed).sum();
        let results = self.run_counted(count, run, rows).await?;
        let due = enqueues.into_iter().filter_map(|(number, due)| {
            let rows: &Rows = results.get(number)?;
            (rows.changes > 0).then_some(due)
        });
        let due = due.min();
        self.wake_runner_at(due).await;
        Ok(BatchResults::new(results))
    }

    /// Runs a query and returns its rows. A query that only reads is repeated if the database is busy.
    pub(crate) async fn fetch(&self, query: Query) -> Result<Rows, DbError> {
        let enqueues = query.enqueues();
        let statement = query.into_statement()?;
        let pauses: &[Duration] = if statement.only_reads() {
            &READ_PAUSES
        } else {
            &[]
        };
        for pause in pauses {
            let run = self.database.fetch(statement.clone());
            match self.run_counted(1, run, Rows::returned_or_changed).await {
                Err(DbError::Busy(_)) => self.clock.sleep(*pause).await,
                result => return result,
            }
        }
        let run = self.database.fetch(statement);
        let rows = self.run_counted(1, run, Rows::returned_or_changed).await?;
        self.wake_runner_at(enqueues).await;
        Ok(rows)
    }

    pub(crate) async fn execute(&self, query: Query) -> Result<u64, DbError> {
        let enqueues = query.enqueues();
        let run = self.database.execute(query.into_statement()?);
        let changes = self.run_counted(1, run, |changes| *changes).await?;
        self.wake_runner_at(enqueues.filter(|_| changes > 0)).await;
        Ok(changes)
    }

    /// Runs statements. Adds the number of statements, their duration and the number of their rows to the resource
    /// usage of the request or task attempt.
    async fn run_counted<T>(
        &self,
        statements: usize,
        run: BoxFuture<'_, Result<T, DbError>>,
        rows: impl FnOnce(&T) -> u64,
    ) -> Result<T, DbError> {
        let Some(scope) = &self.scope else {
            return run.await;
        };
        let usage = &scope.usage;
        usage.statements.add(statements as u64);
        let started = scope.now();
        let result = run.await;
        usage.db_ms.add_time(started, scope.now());
        usage.rows.add(result.as_ref().map_or(0, rows));
        result
    }

    /// Wakes the task runner at `due`, the time at which the enqueued tasks fall due.
    async fn wake_runner_at(&self, due: Option<Timestamp>) {
        if let Some(due) = due {
            self.wake_up.wake(due.since(self.clock.now())).await;
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db")
    }
}
