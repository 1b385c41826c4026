//! Spin's SQLite. Each query or batch has exclusive use of one connection, so the transaction of a batch contains no
//! other queries.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use spin_sdk::sqlite::wit::sqlite::Connection;
use spin_sdk::sqlite::{Error, RowResult, Value as Stored};
use spin_sdk::wasip3::clocks::monotonic_clock;

use crate::DbError;
use crate::db::{Rows, Statement, Value, only_reads};
use crate::host::Database;

/// The label of the SQLite database in the Spin manifest.
const LABEL: &str = "default";

/// The maximum number of attempts to run a statement while another process writes. In each attempt, the host waits up
/// to five seconds for the other process.
const ATTEMPTS: u32 = 3;

/// The pause before a statement is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The database, with a pool of this instance's idle connections.
#[derive(Default)]
pub(super) struct Sqlite {
    idle: Mutex<Vec<PooledConnection>>,
}

impl Sqlite {
    fn idle(&self) -> MutexGuard<'_, Vec<PooledConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on a connection that nothing else uses. The connection is closed if the future is dropped before
    /// `work` ends.
    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut PooledConnection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => PooledConnection::open().await?,
        };
        let result = work(&mut connection).await;
        // After any error except a violated constraint, the connection may be broken, or in the middle of a
        // transaction. Such a connection is not used again.
        if result.as_ref().err().is_none_or(DbError::is_constraint) {
            self.idle().push(connection);
        }
        result
    }
}

impl Database for Sqlite {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(self.with(async move |connection| connection.fetch(statement).await))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(self.with(async move |connection| {
            let rows = connection.count(statement).await?;
            Ok(rows.changes)
        }))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(self.with(async move |connection| connection.batch(statements).await))
    }
}

/// A connection, with the state that is kept between statements.
struct PooledConnection {
    connection: Connection,
    /// The last result of `total_changes()`; `None` if a statement may have changed rows since then.
    total_changes: Option<u64>,
    /// True if the database has a write-ahead log, so that a read does not have to wait for a write.
    has_log: bool,
}

impl PooledConnection {
    async fn open() -> Result<Self, DbError> {
        let connection = Connection::open_async(LABEL.to_owned()).await;
        let mut this = Self {
            connection: connection.map_err(failed)?,
            total_changes: None,
            has_log: false,
        };
        // Enforce foreign keys, as D1 and the native host do. The write-ahead log allows reads during a write.
        this.run("pragma foreign_keys = on", Vec::new()).await?;
        // libSQL has its own write-ahead log, and rejects the pragma `journal_mode`.
        let log = this.run("pragma journal_mode = wal", Vec::new()).await;
        this.has_log = log.is_ok_and(|mode| mode.first() == Ok(Some("wal".to_owned())));
        Ok(this)
    }

    async fn fetch(&mut self, statement: Statement) -> Result<Rows, DbError> {
        if !only_reads(&statement.sql) {
            self.total_changes = None;
        }
        self.run(&statement.sql, statement.values).await
    }

    /// Runs a statement and counts the changed rows. The count includes the rows that cascades and triggers change, as
    /// in D1.
    async fn count(&mut self, statement: Statement) -> Result<Rows, DbError> {
        let before = match self.total_changes.take() {
            Some(total) => total,
            None => self.total_changes().await?,
        };
        let mut rows = self.run(&statement.sql, statement.values).await?;
        let after = self.total_changes().await?;
        self.total_changes = Some(after);
        rows.changes = after.saturating_sub(before);
        Ok(rows)
    }

    async fn total_changes(&self) -> Result<u64, DbError> {
        let rows = self.run("select total_changes()", Vec::new()).await?;
        rows.first().map(Option::unwrap_or_default)
    }

    async fn batch(&mut self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        self.run("begin immediate", Vec::new()).await?;
        let results = self.all(statements).await;
        let end = if results.is_ok() {
            "commit"
        } else {
            "rollback"
        };
        self.run(end, Vec::new()).await?;
        results
    }

    async fn all(&mut self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            results.push(if only_reads(&statement.sql) {
                self.fetch(statement).await?
            } else {
                self.count(statement).await?
            });
        }
        Ok(results)
    }

    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<Rows, DbError> {
        let values: Vec<Stored> = values.into_iter().map(stored).collect();
        let mut attempts = 1;
        loop {
            match self.run_once(sql, &values).await {
                // Only writes are repeated here, because `Db` repeats reads.
                Err(DbError::Busy(_)) if attempts < ATTEMPTS && !only_reads(sql) => {
                    attempts += 1;
                    monotonic_clock::wait_for(PAUSE.as_nanos() as u64).await;
                }
                result => return result,
            }
        }
    }

    async fn run_once(&self, sql: &str, values: &[Stored]) -> Result<Rows, DbError> {
        // `execute` returns all rows in one call but blocks the whole instance, so `execute` is used only for reads
        // that do not wait for writes. `execute_async` returns rows one by one, and each row takes as long as a short
        // query.
        if self.has_log && only_reads(sql) {
            let result = self.connection.execute(sql, values).map_err(failed)?;
            return rows(result.columns, result.rows);
        }
        let executing = self
            .connection
            .execute_async(sql.to_owned(), values.to_vec());
        let (columns, stream, end) = executing.await.map_err(failed)?;
        let results = stream.collect().await;
        // The host reports the error of a statement only after the statement's rows.
        end.await.map_err(failed)?;
        rows(columns, results)
    }
}

fn rows(columns: Vec<String>, results: Vec<RowResult>) -> Result<Rows, DbError> {
    let mut rows = Rows::new(columns)?;
    let results = results.into_iter();
    rows.rows = results
        .map(|row| row.values.into_iter().map(value).collect())
        .collect();
    Ok(rows)
}

fn stored(value: Value) -> Stored {
    match value {
        Value::Null => Stored::Null,
        Value::Integer(value) => Stored::Integer(value),
        Value::Real(value) => Stored::Real(value),
        Value::Text(value) => Stored::Text(value),
        Value::Blob(value) => Stored::Blob(value),
    }
}

fn value(stored: Stored) -> Value {
    match stored {
        Stored::Null => Value::Null,
        Stored::Integer(value) => Value::Integer(value),
        Stored::Real(value) => Value::Real(value),
        Stored::Text(value) => Value::Text(value),
        Stored::Blob(value) => Value::Blob(value),
    }
}

fn failed(error: Error) -> DbError {
    match error {
        Error::Io(message) => DbError::from_message(message),
        Error::NoSuchDatabase | Error::AccessDenied => DbError::Database(format!(
            "the component has no SQLite database with the label {LABEL}: see sqlite_databases in spin.toml"
        )),
        other => DbError::Database(other.to_string()),
    }
}
