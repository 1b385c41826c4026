//! The app's database, which speaks SQLite's dialect on every host.
//!
//! A [`Query`] consists of SQL and values, and runs on a [`Db`]. [`Db::batch`] runs several queries in one transaction.
//! The limits of Cloudflare D1 apply on every host, so a query that passes its tests on one host runs on all.

mod batch;
mod error;
mod query;
mod row;
mod split;
mod value;

use std::sync::Arc;

use futures_util::future::BoxFuture;

pub use batch::BatchResults;
pub use error::DbError;
pub use query::{AssertSqlSafe, Query, Sql, query};
pub use row::Rows;
pub(crate) use split::split;
pub use value::Value;

use crate::scope::Scope;
use crate::wake_up::WakeUp;

/// The maximum number of bound parameters in one statement (D1 platform limits).
pub const MAX_PARAMETERS: usize = 100;
/// The maximum length of one statement, in bytes (D1 platform limits).
pub const MAX_SQL_BYTES: usize = 100_000;
/// The largest integer that can be bound, 2^53 − 1: D1 transfers numbers as IEEE doubles.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// A statement with its values, in the form that a host runs.
#[derive(Debug, Clone)]
pub struct Statement {
    /// One SQL statement.
    pub sql: std::borrow::Cow<'static, str>,
    /// The values of `?1`, `?2`, …
    pub values: Vec<Value>,
}

/// Runs statements on the SQLite database of a host. Hosts implement this trait.
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>>;

    /// Runs one statement and returns the number of rows that it changed.
    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>>;

    /// Runs the statements in order, in one transaction.
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>>;
}

/// A handle to the app's database. Handlers and tasks take it as an argument; clones are cheap.
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
///         0 => Err(Problem::not_found("there is no user with this id")),
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
    /// The request or task attempt that the statements belong to.
    scope: Option<Arc<Scope>>,
}

impl Db {
    pub(crate) fn new(
        database: Arc<dyn Database>,
        wake_up: Arc<dyn WakeUp>,
        scope: Option<Arc<Scope>>,
    ) -> Self {
        Self {
            database,
            wake_up,
            scope,
        }
    }

    /// Runs the queries in order, in one transaction: all take effect, or none.
    ///
    /// There are no other transactions, because D1 has none that stay open between queries. If a query depends on a
    /// value that was read before, its SQL has to check that the value is still current.
    ///
    /// # Errors
    ///
    /// Returns the error of the first query that fails. No query of the batch has taken effect then.
    pub async fn batch(
        &self,
        queries: impl IntoIterator<Item = Query>,
    ) -> Result<BatchResults, DbError> {
        let mut statements = Vec::new();
        let mut enqueues = false;
        for query in queries {
            enqueues |= query.enqueues();
            statements.push(query.into_statement()?);
        }
        if statements.is_empty() {
            return Ok(BatchResults::new(Vec::new()));
        }
        let count = statements.len();
        let run = self.database.batch(statements);
        let rows = |results: &Vec<Rows>| results.iter().map(Rows::returned_or_changed).sum();
        let results = self.run_counted(count, run, rows).await?;
        self.wake_runner_if(enqueues).await;
        Ok(BatchResults::new(results))
    }

    pub(crate) async fn fetch(&self, query: Query) -> Result<Rows, DbError> {
        let enqueues = query.enqueues();
        let run = self.database.fetch(query.into_statement()?);
        let rows = self.run_counted(1, run, Rows::returned_or_changed).await?;
        self.wake_runner_if(enqueues).await;
        Ok(rows)
    }

    pub(crate) async fn execute(&self, query: Query) -> Result<u64, DbError> {
        let enqueues = query.enqueues();
        let run = self.database.execute(query.into_statement()?);
        let changes = self.run_counted(1, run, |changes| *changes).await?;
        self.wake_runner_if(enqueues).await;
        Ok(changes)
    }

    /// Runs statements, and adds them, their time and their rows to the usage of the request or task.
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

    async fn wake_runner_if(&self, enqueues: bool) {
        if enqueues {
            self.wake_up.wake(std::time::Duration::ZERO).await;
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db")
    }
}
