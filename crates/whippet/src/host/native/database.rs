//! SQLite through `rusqlite`: one connection on a thread of its own, which serialises writers as D1 does.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, TransactionBehavior, params_from_iter};
use tokio::sync::oneshot;

use crate::DbError;
use crate::db::{Rows, Statement, Value};
use crate::host::Database;

/// How long a statement waits for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A SQLite database.
#[derive(Debug, Clone)]
pub struct Sqlite {
    jobs: Sender<Job>,
}

/// A database that cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError {
    path: String,
    why: String,
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the database {:?} cannot be opened: {}",
            self.path, self.why
        )
    }
}

impl std::error::Error for OpenError {}

impl Sqlite {
    /// Opens a file, created if it does not exist; `:memory:` is a database of its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be read and written or is no SQLite database.
    pub fn open(path: &str) -> Result<Self, OpenError> {
        let failed = |error: &dyn std::fmt::Display| OpenError {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let connection = Connection::open(path).map_err(|error| failed(&error))?;
        connection
            .busy_timeout(BUSY_TIMEOUT)
            .map_err(|error| failed(&error))?;
        // Foreign keys are on in D1. The write-ahead log lets other processes read while this one writes.
        connection
            .execute_batch(
                "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;",
            )
            .map_err(|error| failed(&error))?;
        let (jobs, queue) = channel();
        std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || work(connection, &queue))
            .map_err(|error| failed(&error))?;
        Ok(Self { jobs })
    }

    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, DbError>> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more when the request was dropped.
            drop(answer.send(job(connection)));
        });
        let sent = self.jobs.send(job);
        Box::pin(async move {
            let gone = || DbError::Database("the thread of the database has ended".to_owned());
            sent.map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?
        })
    }
}

fn work(mut connection: Connection, queue: &Receiver<Job>) {
    for job in queue {
        job(&mut connection);
    }
}

impl Database for Sqlite {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        self.run(move |connection| run(connection, &statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        self.run(move |connection| run(connection, &statement).map(|rows| rows.changes))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        self.run(move |connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(failed)?;
            let results = statements
                .iter()
                .map(|statement| run(&transaction, statement))
                .collect::<Result<_, _>>()?;
            transaction.commit().map_err(failed)?;
            Ok(results)
        })
    }
}

fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DbError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    let columns: Vec<String> = prepared
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut result = Rows::new(columns)?;
    let changes_before = connection.total_changes();
    let mut rows = prepared
        .query(params_from_iter(statement.values.iter().map(stored)))
        .map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let values =
            (0..result.columns.len()).map(|index| row.get_ref(index).map(value).map_err(failed));
        result.rows.push(values.collect::<Result<_, _>>()?);
    }
    // Cascades and triggers included, as D1 counts them.
    result.changes = connection.total_changes().saturating_sub(changes_before);
    Ok(result)
}

fn stored(value: &Value) -> Stored {
    match value {
        Value::Null => Stored::Null,
        Value::Integer(value) => Stored::Integer(*value),
        Value::Real(value) => Stored::Real(*value),
        Value::Text(value) => Stored::Text(value.clone()),
        Value::Blob(value) => Stored::Blob(value.clone()),
    }
}

fn value(stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
    }
}

fn failed(error: rusqlite::Error) -> DbError {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => DbError::from_message(message),
        other => DbError::from_message(other.to_string()),
    }
}
