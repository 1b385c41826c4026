//! SQLite through `rusqlite`. The native host calls this module on a dedicated thread, and tests call the module
//! directly.

use std::time::Duration;

use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter};

use crate::DbError;
use crate::db::{Rows, Statement, Value};

/// How long a statement waits while another process writes to the database file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a database file, and creates it if it does not exist. `:memory:` opens a new in-memory database.
pub(crate) fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Foreign keys are enforced, as in D1. The write-ahead log lets other processes read while this process writes.
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;",
    )?;
    check_writable(&connection)?;
    Ok(connection)
}

/// Fails if the file is read-only. SQLite opens a read-only file without an error, but every write to the file fails.
/// Ignores any other error, for example that another process has locked the file.
fn check_writable(connection: &Connection) -> rusqlite::Result<()> {
    // Creates a table and rolls back. `begin immediate` does not fail on a read-only file: it begins a transaction that
    // can only read.
    let transaction = connection.unchecked_transaction()?;
    match transaction.execute_batch("create table whippet_writable (x)") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => Err(error),
        _ => Ok(()),
    }
}

/// Moves the write-ahead log into the database file, and empties the log.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn checkpoint(connection: &Connection) -> Result<(), DbError> {
    let pragma = "pragma wal_checkpoint(truncate)";
    connection.query_row(pragma, [], |_| Ok(())).map_err(failed)
}

/// Runs the statements in one transaction.
pub(crate) fn batch(
    connection: &mut Connection,
    statements: &[Statement],
) -> Result<Vec<Rows>, DbError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let results = statements
        .iter()
        .map(|statement| run(&transaction, statement))
        .collect::<Result<_, _>>()?;
    transaction.commit().map_err(failed)?;
    Ok(results)
}

/// Runs one statement.
pub(crate) fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DbError> {
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
    // `total_changes` includes cascades and triggers, as D1's count does.
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
