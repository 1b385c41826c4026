//! The database of the API: SQLite's dialect on every host.
//!
//! A [`Query`] is built from SQL and values and run on a [`Db`]; several run together, all or nothing, with
//! [`Db::batch`]. The limits of Cloudflare D1 hold on every host, so that what passes its tests runs there too.

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

/// Bound parameters that D1 accepts in one statement (D1 platform limits).
pub const MAX_PARAMETERS: usize = 100;
/// Bytes of SQL that D1 accepts in one statement (D1 platform limits).
pub const MAX_SQL_BYTES: usize = 100_000;
/// The largest integer that survives the way to D1, which carries numbers as IEEE doubles: 2^53 − 1.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// A statement with its values, as a host receives it.
#[derive(Debug, Clone)]
pub struct Statement {
    /// One SQL statement.
    pub sql: std::borrow::Cow<'static, str>,
    /// The values of `?1`, `?2`, …
    pub values: Vec<Value>,
}

/// What a host implements: running statements on its SQLite.
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>>;

    /// Runs one statement and returns how many rows it changed.
    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>>;

    /// Runs the statements in order in one transaction: all take effect, or none.
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>>;
}

/// A handle to the API's database: cheap to clone, taken as an argument by handlers and tasks.
///
/// ```
/// use whippet::{Db, DbError, query};
///
/// async fn rename(db: &Db, id: &str, name: &str) -> Result<bool, DbError> {
///     let changed = query("update users set name = ?2 where id = ?1").bind(id).bind(name).execute(db).await?;
///     Ok(changed == 1)
/// }
/// ```
#[derive(Clone)]
pub struct Db {
    database: Arc<dyn Database>,
    wake_up: Arc<dyn WakeUp>,
    /// The request or task attempt that the statements are counted for.
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

    /// Runs the queries in order, atomically: all take effect, or none.
    ///
    /// This is the one transaction there is, because D1 has no interactive ones: what depends on a value read before is
    /// written as SQL that checks it.
    ///
    /// # Errors
    ///
    /// The first query that fails, with nothing of the batch having taken effect.
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
        let rows = |results: &Vec<Rows>| results.iter().map(Rows::touched).sum();
        let results = self.counted(count, run, rows).await?;
        self.wake_if(enqueues).await;
        Ok(BatchResults::new(results))
    }

    pub(crate) async fn fetch(&self, query: Query) -> Result<Rows, DbError> {
        let enqueues = query.enqueues();
        let run = self.database.fetch(query.into_statement()?);
        let rows = self.counted(1, run, Rows::touched).await?;
        self.wake_if(enqueues).await;
        Ok(rows)
    }

    pub(crate) async fn execute(&self, query: Query) -> Result<u64, DbError> {
        let enqueues = query.enqueues();
        let run = self.database.execute(query.into_statement()?);
        let changes = self.counted(1, run, |changes| *changes).await?;
        self.wake_if(enqueues).await;
        Ok(changes)
    }

    /// Runs statements, and counts them for the request or task.
    async fn counted<T>(
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

    async fn wake_if(&self, enqueues: bool) {
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
