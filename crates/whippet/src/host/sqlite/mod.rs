//! SQLite through `rusqlite`. The native host calls this module on a dedicated thread, and tests call the module
//! directly.

mod limits;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod messages;

use std::thread;
use std::time::{Duration, Instant};

#[cfg(not(target_arch = "wasm32"))]
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter};

use crate::DbError;
use crate::db::{Rows, Statement, Value};

/// How long a statement waits while another process writes to the database file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause between two attempts to give the database a write-ahead log.
const BUSY_RETRY: Duration = Duration::from_millis(5);

/// How many prepared statements a connection caches.
const CACHED_STATEMENTS: usize = 128;

/// Whether a query or batch waits until its changes are on the disk
/// (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    target_arch = "wasm32",
    allow(
        dead_code,
        unreachable_pub,
        reason = "only the native host has this option"
    )
)]
pub enum Synchronous {
    /// A change is on the disk before the query or batch returns, so that a power failure loses no change.
    Full,
    /// A change is on the disk soon after the query or batch returns. A power failure may lose the last changes, but
    /// does not corrupt the file. A crash of the process loses no change.
    Normal,
}

/// Opens a database file, and creates it if it does not exist. `:memory:` opens a new in-memory database.
pub(crate) fn open(path: &str, synchronous: Synchronous) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    // The write-ahead log lets other connections read while this connection writes.
    use_write_ahead_log(&connection)?;
    // Foreign keys are enforced, as in D1.
    connection.execute_batch("pragma foreign_keys = on")?;
    connection.execute_batch(match synchronous {
        Synchronous::Full => "pragma synchronous = full",
        Synchronous::Normal => "pragma synchronous = normal",
    })?;
    check_writable(&connection)?;
    Ok(connection)
}

/// Gives the database a write-ahead log. If two connections do this at the same time, SQLite may fail without waiting
/// for `BUSY_TIMEOUT`, because each connection holds a lock that the other one needs. So this function retries.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let mut deadline = None;
    loop {
        let result = connection.execute_batch("pragma journal_mode = wal");
        let code = result
            .as_ref()
            .err()
            .and_then(|error| error.sqlite_error_code());
        // In a browser, `Instant` has no clock. `Instant::now` is never called there, because the database is in memory
        // and never busy.
        if code != Some(ErrorCode::DatabaseBusy)
            || Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + BUSY_TIMEOUT)
        {
            return result;
        }
        thread::sleep(BUSY_RETRY);
    }
}

/// Opens another connection to a database file, for reads only. This connection never writes to the file: when it is
/// closed, it does not move the write-ahead log into the database file. So only one connection of the process writes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn open_reader(path: &str) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("pragma query_only = on")?;
    Ok(connection)
}

/// Returns whether other connections can read the database while this connection writes. This is possible if the
/// database is a file with a write-ahead log. An in-memory database belongs to one connection.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn has_concurrent_readers(connection: &Connection) -> rusqlite::Result<bool> {
    let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let mode = connection.query_row("pragma journal_mode", [], mode)?;
    let is_file = connection.path().is_some_and(|path| !path.is_empty());
    Ok(is_file && mode == "wal")
}

fn connect(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    limits::set(&connection);
    Ok(connection)
}

/// Fails if the file is read-only. SQLite opens a read-only file without an error, but every write to the file fails.
/// Ignores any other error, for example the error for a file that another process has locked.
fn check_writable(connection: &Connection) -> rusqlite::Result<()> {
    // Creates a table and rolls the transaction back. `begin immediate` alone would not show that a file is read-only:
    // on such a file, SQLite begins a transaction that can only read.
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

/// Runs one statement that has no parameters and returns no rows, such as `commit`.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn execute(connection: &Connection, sql: &str) -> Result<(), DbError> {
    let mut prepared = connection.prepare_cached(sql).map_err(failed)?;
    prepared.execute([]).map(drop).map_err(failed)
}

/// Runs the statements inside a transaction. If one of them fails, undoes the changes of all of them. If that is not
/// possible, the transaction ends without a commit.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn in_savepoint(
    connection: &Connection,
    statements: &[Statement],
) -> Result<Vec<Rows>, DbError> {
    if let [statement] = statements {
        // SQLite undoes the changes of a single statement.
        return run(connection, statement).map(|rows| vec![rows]);
    }
    execute(connection, "savepoint write")?;
    let results = statements
        .iter()
        .map(|statement| run(connection, statement))
        .collect::<Result<_, _>>();
    let is_kept = match &results {
        Ok(_) => execute(connection, "release write"),
        Err(_) => execute(connection, "rollback to write")
            .and_then(|()| execute(connection, "release write")),
    };
    // After some errors, such as a full disk, SQLite has already ended the transaction. It must also end if the changes
    // of a failed statement cannot be undone, because the other statements would be committed.
    if is_kept.is_err() && !connection.is_autocommit() {
        drop(execute(connection, "rollback"));
    }
    results
}

/// The result of [`read`].
#[cfg(not(target_arch = "wasm32"))]
pub(crate) enum Read {
    /// The rows of the statement.
    Rows(Rows),
    /// The statement would write, so it was not run.
    Writes(Statement),
}

/// Runs a statement, unless the statement writes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read(connection: &Connection, statement: Statement) -> Result<Read, DbError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    if !prepared.readonly() {
        return Ok(Read::Writes(statement));
    }
    run_prepared(connection, &mut prepared, &statement.values).map(Read::Rows)
}

/// Runs one statement.
pub(crate) fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DbError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    run_prepared(connection, &mut prepared, &statement.values)
}

fn run_prepared(
    connection: &Connection,
    prepared: &mut rusqlite::Statement<'_>,
    values: &[Value],
) -> Result<Rows, DbError> {
    let mut result = Rows::new(names(prepared))?;
    let changes_before = connection.total_changes();
    let mut rows = prepared
        .query(params_from_iter(values.iter().map(stored)))
        .map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        // If another connection has changed the schema, SQLite prepares the statement again. The names of the columns
        // may then differ, for example for `select *`.
        if result.rows.is_empty() && !has_names(row.as_ref(), &result.columns) {
            result = Rows::new(names(row.as_ref()))?;
        }
        let count = result.columns.len();
        let mut values = Vec::with_capacity(count);
        for index in 0..count {
            values.push(value(row.get_ref(index).map_err(failed)?));
        }
        result.rows.push(values);
    }
    // Like D1's count, `total_changes` includes the rows that cascades and triggers change.
    result.changes = connection.total_changes().saturating_sub(changes_before);
    Ok(result)
}

fn names(prepared: &rusqlite::Statement<'_>) -> Vec<String> {
    let names = prepared.column_names().into_iter();
    names.map(str::to_owned).collect()
}

fn has_names(prepared: &rusqlite::Statement<'_>, names: &[String]) -> bool {
    prepared.column_count() == names.len()
        && (names.iter().enumerate()).all(|(at, name)| prepared.column_name(at) == Ok(name))
}

fn stored(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Integer(value) => ValueRef::Integer(*value),
        Value::Real(value) => ValueRef::Real(*value),
        Value::Text(value) => ValueRef::Text(value.as_bytes()),
        Value::Blob(value) => ValueRef::Blob(value),
    })
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
