//! SQLite through `rusqlite`. One connection on a dedicated thread runs all statements one after the other, so writers
//! do not conflict, as on D1.

use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::DbError;
use crate::db::{Rows, Statement};
use crate::host::{Database, sqlite};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// An SQLite database.
#[derive(Debug, Clone)]
pub struct Sqlite {
    jobs: Sender<Job>,
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
    /// Opens a database file, and creates it if it does not exist. `:memory:` opens a new in-memory database.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read and written, or is not an SQLite database.
    pub fn open(path: &str) -> Result<Self, OpenError> {
        let failed = |error: &dyn std::fmt::Display| OpenError {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let connection = sqlite::open(path).map_err(|error| failed(&error))?;
        let (jobs, queue) = channel();
        std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || work(connection, &queue))
            .map_err(|error| failed(&error))?;
        Ok(Self { jobs })
    }

    /// Moves the write-ahead log into the database file, so that the file alone has all data. Later queries still work.
    /// If another process uses the database, the write-ahead log remains, and the method returns no error.
    ///
    /// # Errors
    ///
    /// Returns the error of SQLite, for example if the database file cannot be written.
    pub async fn checkpoint(&self) -> Result<(), DbError> {
        self.run(|connection| sqlite::checkpoint(connection)).await
    }

    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, DbError>> {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // If the request was dropped, nothing waits for the result, so sending it fails. The failure is ignored.
            drop(sender.send(job(connection)));
        });
        let sent = self.jobs.send(job);
        Box::pin(async move {
            let ended = || DbError::Database("the database thread has ended".to_owned());
            sent.map_err(|_| ended())?;
            result.await.map_err(|_| ended())?
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
        self.run(move |connection| sqlite::run(connection, &statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        self.run(move |connection| sqlite::run(connection, &statement).map(|rows| rows.changes))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        self.run(move |connection| sqlite::batch(connection, &statements))
    }
}
