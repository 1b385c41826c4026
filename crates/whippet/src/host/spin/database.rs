//! Spin's SQLite. A connection is private to its handle, so a batch is a transaction on one of its own.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use spin_sdk::sqlite::wit::sqlite::Connection;
use spin_sdk::sqlite::{Error, RowResult, Value as Stored};
use spin_sdk::wasip3::clocks::monotonic_clock;

use crate::DbError;
use crate::db::{Rows, Statement, Value};
use crate::host::Database;

/// The label of the database in the manifest.
const LABEL: &str = "default";

/// How often a statement is tried while another process writes. The host waits for each of them too, five seconds.
const TRIES: u32 = 3;

/// The pause before the next try.
const PAUSE: Duration = Duration::from_millis(20);

/// The database, with the connections of this instance that nobody uses at the moment.
#[derive(Default)]
pub(super) struct Sqlite {
    idle: Mutex<Vec<Session>>,
}

impl Sqlite {
    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on a connection of its own, which is closed if the work is given up half way.
    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let idle = self.idle().pop();
        let mut session = match idle {
            Some(session) => session,
            None => Session::open().await?,
        };
        let result = work(&mut session).await;
        // After any other error the connection itself may be of no use any more, or in the middle of a transaction.
        if let Ok(_) | Err(DbError::Unique(_) | DbError::ForeignKey) = &result {
            self.idle().push(session);
        }
        result
    }
}

impl Database for Sqlite {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(self.with(async move |session| session.fetch(statement).await))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(self.with(async move |session| {
            let rows = session.count(statement).await?;
            Ok(rows.changes)
        }))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(self.with(async move |session| session.batch(statements).await))
    }
}

/// A connection.
struct Session {
    connection: Connection,
    /// What `total_changes()` says, where that is known.
    total_changes: Option<u64>,
    /// Whether reading waits for nobody who writes.
    has_log: bool,
}

impl Session {
    async fn open() -> Result<Self, DbError> {
        let connection = Connection::open_async(LABEL.to_owned()).await;
        let mut session = Self {
            connection: connection.map_err(failed)?,
            total_changes: None,
            has_log: false,
        };
        // As natively: foreign keys are on in D1, and the write-ahead log lets others read while one writes.
        session.run("pragma foreign_keys = on", Vec::new()).await?;
        // libSQL has a log of its own and refuses.
        let log = session.run("pragma journal_mode = wal", Vec::new()).await;
        session.has_log = log.is_ok_and(|mode| mode.first() == Ok(Some("wal".to_owned())));
        drop(session.run("pragma synchronous = normal", Vec::new()).await);
        Ok(session)
    }

    async fn fetch(&mut self, statement: Statement) -> Result<Rows, DbError> {
        if !only_reads(&statement.sql) {
            self.total_changes = None;
        }
        self.run(&statement.sql, statement.values).await
    }

    /// Runs a statement and counts what it changed, cascades and triggers included, as D1 does.
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
        let mut tries = 1;
        loop {
            match self.once(sql, &values).await {
                Err(DbError::Busy(_)) if tries < TRIES => {
                    tries += 1;
                    monotonic_clock::wait_for(PAUSE.as_nanos() as u64).await;
                }
                result => return result,
            }
        }
    }

    async fn once(&self, sql: &str, values: &[Stored]) -> Result<Rows, DbError> {
        // This call stops the whole instance, so it is for what is soon done. Its rows come at once, those of the other call
        // one by one, each of which takes as long as a short query.
        if self.has_log && only_reads(sql) {
            let found = self.connection.execute(sql, values).map_err(failed)?;
            return rows(found.columns, found.rows);
        }
        let found = self
            .connection
            .execute_async(sql.to_owned(), values.to_vec());
        let (columns, found, end) = found.await.map_err(failed)?;
        let found = found.collect().await;
        // A statement that fails says so at its end only.
        end.await.map_err(failed)?;
        rows(columns, found)
    }
}

fn rows(columns: Vec<String>, found: Vec<RowResult>) -> Result<Rows, DbError> {
    let mut rows = Rows::new(columns)?;
    let found = found.into_iter();
    rows.rows = found
        .map(|row| row.values.into_iter().map(value).collect())
        .collect();
    Ok(rows)
}

/// Whether a statement cannot change anything.
fn only_reads(sql: &str) -> bool {
    let first = sql.trim_start().get(..6);
    first.is_some_and(|word| word.eq_ignore_ascii_case("select"))
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
            "the component has no SQLite database labelled {LABEL}: see sqlite_databases in spin.toml"
        )),
        other => DbError::Database(other.to_string()),
    }
}
