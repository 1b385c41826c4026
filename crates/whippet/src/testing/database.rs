//! An in-memory database that records its statements in the transcript.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use rusqlite::Connection;

use super::lock;
use super::run::yield_once;
use super::transcript::{Entry, Transcript};
use crate::db::{Rows, Statement};
use crate::host::sqlite::Synchronous;
use crate::host::{Database, sqlite};
use crate::{DbError, Value};

/// An in-memory database on one connection. Every call first lets other futures run, so that the statements of
/// concurrent requests interleave as on a host.
#[derive(Debug)]
pub(super) struct MemoryDatabase {
    connection: SharedConnection,
    transcript: Arc<Transcript>,
}

/// A connection that several apps may share.
pub(super) type SharedConnection = Arc<Mutex<Connection>>;

pub(super) fn open() -> Result<SharedConnection, String> {
    let connection = sqlite::open(":memory:", Synchronous::Normal);
    let connection = connection.map_err(|error| error.to_string())?;
    Ok(Arc::new(Mutex::new(connection)))
}

impl MemoryDatabase {
    pub(super) fn new(connection: SharedConnection, transcript: Arc<Transcript>) -> Self {
        Self {
            connection,
            transcript,
        }
    }

    async fn run<T: Send>(
        &self,
        statements: Vec<Statement>,
        run: impl FnOnce(&mut Connection, &[Statement]) -> Result<T, DbError> + Send,
        outcome: impl FnOnce(&T) -> String + Send,
    ) -> Result<T, DbError> {
        yield_once().await;
        let result = run(&mut lock(&self.connection), &statements);
        let outcome = match &result {
            Ok(value) => outcome(value),
            Err(error) => format!("failed: {error}"),
        };
        self.transcript.add(Entry::Sql(statements, outcome));
        result
    }
}

/// Describes the result of a statement for the transcript.
fn summary(rows: &Rows) -> String {
    match (rows.rows.len(), rows.changes) {
        (0, 0) => "no rows".to_owned(),
        (0, changes) => format!("{changes} changed"),
        (1, 0) => "1 row".to_owned(),
        (count, 0) => format!("{count} rows"),
        (count, changes) => format!("{count} rows, {changes} changed"),
    }
}

impl Database for MemoryDatabase {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(self.run(
            vec![statement],
            |connection, statements| sqlite::run(connection, &statements[0]),
            summary,
        ))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(self.run(
            vec![statement],
            |connection, statements| {
                sqlite::run(connection, &statements[0]).map(|rows| rows.changes)
            },
            |changes| format!("{changes} changed"),
        ))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(self.run(statements, sqlite::batch, |all| {
            let summaries: Vec<_> = all.iter().map(summary).collect();
            summaries.join("; ")
        }))
    }
}

/// Formats a value as an SQL literal. Long text is shortened.
pub(super) fn literal(value: &Value) -> String {
    /// A text value with more bytes than this is shortened.
    const SHOWN: usize = 120;
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => real.to_string(),
        Value::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
        Value::Text(text) if text.len() <= SHOWN => format!("'{text}'"),
        Value::Text(text) => {
            let shown = &text[..text.floor_char_boundary(SHOWN)];
            format!("'{shown}' … of {} bytes", text.len())
        }
    }
}
