//! SQLite through `rusqlite`. One thread runs all writes one after the other, so writes do not conflict. D1 also runs
//! one write at a time. A few threads with their own connections run reads, so a slow read delays neither writes nor
//! other reads.

mod file;
mod options;
mod workers;
mod writer;

use futures_util::future::BoxFuture;

pub use options::{SqliteOptions, Synchronous};
use workers::Workers;
use writer::Writer;

use crate::DbError;
use crate::db::{Rows, Statement};
use crate::host::sqlite::Read;
use crate::host::{Database, sqlite};

/// An SQLite database. Cloning a `Sqlite` is cheap.
#[derive(Debug, Clone)]
pub struct Sqlite {
    writer: Writer,
    /// The reader threads. `None` if a connection cannot read while another one writes, for example because the
    /// database is in memory.
    readers: Option<Workers>,
}

/// The error for a database that cannot be opened.
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
    /// Opens a database file with the default [`SqliteOptions`]: see [`open_with`](Self::open_with).
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read and written, or is not an SQLite database.
    pub fn open(path: &str) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens a database file. Creates the file if it does not exist. Only the user of the process can read and write
    /// the new file. `:memory:` opens a new in-memory database, which has one connection for reads and writes.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read and written, or is not an SQLite database.
    pub fn open_with(path: &str, options: SqliteOptions) -> Result<Self, OpenError> {
        Self::start(path, options).map_err(|error| OpenError {
            path: path.to_owned(),
            why: error.to_string(),
        })
    }

    fn start(
        path: &str,
        options: SqliteOptions,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        file::create_private(path);
        let writer = sqlite::open(path, options.synchronous)?;
        let readers = if sqlite::has_concurrent_readers(&writer)? {
            let connections = (0..options.readers).map(|_| sqlite::open_reader(path));
            let connections = connections.collect::<Result<Vec<_>, _>>()?;
            Some(Workers::start("sqlite-reader", connections)?)
        } else {
            None
        };
        Ok(Self {
            writer: Writer::start(writer)?,
            readers,
        })
    }

    /// Moves the write-ahead log into the database file, so that the file alone has all data. Later queries still work.
    /// If another process uses the database, the write-ahead log remains, and the method returns no error.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the log cannot be moved, for example because the database file cannot be written.
    pub async fn checkpoint(&self) -> Result<(), DbError> {
        self.writer.checkpoint().await
    }

    /// Runs one statement on the writer thread.
    async fn write(&self, statement: Statement) -> Result<Rows, DbError> {
        let results = self.writer.write(vec![statement]).await?;
        let rows = results.into_iter().next();
        rows.ok_or_else(|| DbError::Database("the statement has no result".to_owned()))
    }

    /// Runs one statement. If there are reader threads, a `select`, `values` or `with` statement that only reads runs
    /// on a reader thread. Every other statement runs on the writer thread.
    async fn read(&self, statement: Statement) -> Result<Rows, DbError> {
        let Some(readers) = self.readers.as_ref().filter(|_| statement.may_only_read()) else {
            return self.write(statement).await;
        };
        let read = move |connection: &mut _| sqlite::read(connection, statement);
        match readers.run_until_dropped(read).await? {
            Read::Rows(rows) => Ok(rows),
            Read::Writes(statement) => self.write(statement).await,
        }
    }
}

impl Database for Sqlite {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(self.read(statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(async move { self.write(statement).await.map(|rows| rows.changes) })
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(self.writer.write(statements))
    }
}
