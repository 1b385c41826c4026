//! SQLite through `rusqlite`: one connection on a thread of its own, which serialises writers as D1 does.

use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::DbError;
use crate::db::{Rows, Statement};
use crate::host::{Database, sqlite};

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
        let connection = sqlite::open(path).map_err(|error| failed(&error))?;
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
        self.run(move |connection| sqlite::run(connection, &statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        self.run(move |connection| sqlite::run(connection, &statement).map(|rows| rows.changes))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        self.run(move |connection| sqlite::batch(connection, &statements))
    }
}
