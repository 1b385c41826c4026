//! Reads and applies the migrations of an SQLite file.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};
use whippet_migrations::{
    APPLIED, APPLIED_WITHOUT_COMPANION, Applied, COMPANION, LEDGER, RECORD, checksum, only_adds,
    statements,
};

use super::folder::Migration;
use super::schema;

/// How long a command waits while another process writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// In some cases, SQLite reports that the database is busy without waiting for `BUSY_TIMEOUT`. The operation is then
/// retried after this delay.
const BUSY_RETRY: Duration = Duration::from_millis(5);

/// Reads the ledger without changing the file. A file that does not exist has no applied migrations.
pub(super) fn applied(path: &Path) -> Result<Vec<Applied>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    // The connection can write, because SQLite needs write access to the folder to read a file with a write-ahead log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.busy_timeout(BUSY_TIMEOUT).map(|()| connection))
        .with_context(|| format!("cannot open {}", path.display()))?;
    read_ledger(&connection)
        .with_context(|| format!("cannot read the applied migrations of {}", path.display()))
}

fn read_ledger(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    if !schema::has_table(connection, "d1_migrations")? {
        return Ok(Vec::new());
    }
    let sql = if schema::has_table(connection, "whippet_migrations")? {
        APPLIED
    } else {
        APPLIED_WITHOUT_COMPANION
    };
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Applied {
            name: row.get(0)?,
            checksum: row.get(1)?,
            only_adds: row.get(2)?,
        })
    })?;
    rows.collect()
}

/// Opens the file for writing, and creates the file and its ledgers if they do not exist.
fn open(path: &Path) -> Result<Connection> {
    let open = || {
        create_private(path);
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        schema::set_limits(&connection);
        use_write_ahead_log(&connection)?;
        connection.execute_batch("pragma foreign_keys = on")?;
        connection.execute_batch(LEDGER)?;
        connection.execute_batch(COMPANION)?;
        Ok::<_, rusqlite::Error>(connection)
    };
    open().with_context(|| format!("cannot open {}", path.display()))
}

/// Turns on the database's write-ahead log, and retries while the database is busy. If two processes turn it on at the
/// same time, SQLite may fail without waiting for `BUSY_TIMEOUT`, because each process holds a lock that the other one
/// needs.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let result = connection.execute_batch("pragma journal_mode = wal");
        let code = result
            .as_ref()
            .err()
            .and_then(rusqlite::Error::sqlite_error_code);
        if code != Some(ErrorCode::DatabaseBusy) || Instant::now() > deadline {
            return result;
        }
        thread::sleep(BUSY_RETRY);
    }
}

/// If the file does not exist, creates the file so that only the current user can access it. If the file cannot be
/// created, SQLite reports the error later.
fn create_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

pub(super) fn record(path: &Path, migrations: &[&Migration]) -> Result<()> {
    let connection = open(path)?;
    for migration in migrations {
        record_in(&connection, migration)?;
    }
    Ok(())
}

fn record_in(connection: &Connection, Migration { name, sql }: &Migration) -> rusqlite::Result<()> {
    connection.execute(RECORD, params![name, checksum(sql), only_adds(sql)])?;
    Ok(())
}

pub(super) fn apply(
    path: &Path,
    folder: &Path,
    pending: &[&Migration],
    applied: &mut dyn FnMut(&Migration),
) -> Result<()> {
    let mut connection = open(path)?;
    for migration in pending {
        if apply_one(&mut connection, folder, migration)? {
            applied(migration);
        }
    }
    Ok(())
}

/// Applies a migration and adds its rows to the ledgers, in one transaction. Returns false if another process has
/// already applied the migration.
fn apply_one(connection: &mut Connection, folder: &Path, migration: &Migration) -> Result<bool> {
    let Migration { name, sql } = migration;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .with_context(|| format!("cannot lock the database to apply {name}"))?;
    let row = "insert or ignore into d1_migrations (name) values (?1)";
    if transaction.execute(row, [name])? == 0 {
        return Ok(false);
    }
    let path = folder.join(name);
    run_all(&transaction, &path, sql)?;
    record_in(&transaction, migration)?;
    commit(transaction, &path)?;
    Ok(true)
}

/// Runs the SQL of a file in one transaction.
pub(super) fn run_file(path: &Path, file: &Path, sql: &str) -> Result<()> {
    let mut connection = open(path)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .with_context(|| format!("cannot lock the database to run {}", file.display()))?;
    run_all(&transaction, file, sql)?;
    commit(transaction, file)
}

/// Runs the statements of a file. The error names the file and the line.
fn run_all(transaction: &Transaction<'_>, file: &Path, sql: &str) -> Result<()> {
    for statement in statements(sql) {
        schema::run(transaction, statement.sql).map_err(|failed| {
            anyhow!(
                "{}:{}: {}; nothing of this file was applied",
                file.display(),
                statement.line + failed.line,
                failed.message
            )
        })?;
    }
    Ok(())
}

fn commit(transaction: Transaction<'_>, file: &Path) -> Result<()> {
    transaction.commit().map_err(|error| {
        anyhow!(
            "{}: {}; nothing of this file was applied",
            file.display(),
            schema::message(error)
        )
    })
}
