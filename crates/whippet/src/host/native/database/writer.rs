//! The thread that writes. It commits the writes that are waiting in one transaction, because each commit waits for the
//! disk.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::workers::{MAX_WAITING, ended, too_many_waiting};
use crate::DbError;
use crate::db::{Rows, Statement};
use crate::host::sqlite;

/// The maximum number of writes in one transaction.
const MAX_GROUP: usize = 128;

/// After this time, the transaction is committed even if more writes are waiting, so that they do not delay the results
/// of the first writes.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// The writer thread. It ends when the last clone of the `Writer` is dropped.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: SyncSender<Job>,
}

#[derive(Debug)]
enum Job {
    Write(Write),
    Checkpoint(oneshot::Sender<Result<(), DbError>>),
}

/// The statements of one query or batch. They take effect together or not at all.
#[derive(Debug)]
struct Write {
    statements: Vec<Statement>,
    result: oneshot::Sender<Result<Vec<Rows>, DbError>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(MAX_WAITING);
        let thread = thread::Builder::new().name("sqlite-writer".to_owned());
        thread.spawn(move || work(connection, &queue))?;
        Ok(Self { jobs })
    }

    /// Runs the statements in one transaction. If the future is dropped before the statements start, they do not run.
    pub(super) async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let (sender, result) = oneshot::channel();
        self.send(Job::Write(Write {
            statements,
            result: sender,
        }))?;
        result.await.map_err(|_| ended())?
    }

    /// Moves the write-ahead log into the database file.
    pub(super) async fn checkpoint(&self) -> Result<(), DbError> {
        let (sender, result) = oneshot::channel();
        self.send(Job::Checkpoint(sender))?;
        result.await.map_err(|_| ended())?
    }

    fn send(&self, job: Job) -> Result<(), DbError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => too_many_waiting(),
            TrySendError::Disconnected(_) => ended(),
        })
    }
}

fn work(mut connection: Connection, queue: &Receiver<Job>) {
    let mut next = queue.recv().ok();
    while let Some(job) = next.take() {
        match job {
            Job::Checkpoint(result) => drop(result.send(sqlite::checkpoint(&connection))),
            Job::Write(first) => next = write_group(&mut connection, first, queue),
        }
        next = next.or_else(|| queue.recv().ok());
    }
}

/// Runs a write, and then the writes that are waiting, in one transaction. Returns the first job that does not belong to
/// the transaction.
fn write_group(connection: &mut Connection, first: Write, queue: &Receiver<Job>) -> Option<Job> {
    let mut next = queue.try_recv().ok();
    if !first.can_share() || !matches!(&next, Some(Job::Write(write)) if write.can_share()) {
        first.run_alone(connection);
        return next;
    }
    let started = Instant::now();
    let mut group = Group::begin(connection);
    group.run(connection, first);
    loop {
        match next {
            Some(Job::Write(write)) if write.can_share() && group.has_room(started) => {
                group.run(connection, write);
                next = queue.try_recv().ok();
            }
            next => {
                group.commit(connection);
                return next;
            }
        }
    }
}

impl Write {
    /// Returns whether the write may share a transaction with other writes. Statements that change the schema or the
    /// state of the connection run alone.
    fn can_share(&self) -> bool {
        self.statements.iter().all(Statement::only_changes_rows)
    }

    /// Returns whether the caller still waits for the result.
    fn is_wanted(&self) -> bool {
        !self.result.is_closed()
    }

    /// Runs the write in its own transaction.
    fn run_alone(self, connection: &mut Connection) {
        if self.is_wanted() {
            let result = match &self.statements[..] {
                [statement] => sqlite::run(connection, statement).map(|rows| vec![rows]),
                statements => sqlite::batch(connection, statements),
            };
            // Sending fails if the caller no longer waits.
            drop(self.result.send(result));
        }
    }
}

/// Writes that share a transaction. Each write has its own savepoint.
struct Group {
    /// The writes that have run, with their results. No result is sent before the commit.
    done: Vec<(Write, Result<Vec<Rows>, DbError>)>,
    /// Whether the transaction exists. SQLite ends it without a commit after some errors, such as a full disk.
    is_open: bool,
}

impl Group {
    fn begin(connection: &Connection) -> Self {
        Self {
            done: Vec::new(),
            is_open: sqlite::execute(connection, "begin immediate").is_ok(),
        }
    }

    fn has_room(&self, started: Instant) -> bool {
        self.is_open && self.done.len() < MAX_GROUP && started.elapsed() < GROUP_TIME
    }

    fn run(&mut self, connection: &Connection, write: Write) {
        if !write.is_wanted() {
            return;
        }
        let result = match self.is_open {
            true => sqlite::in_savepoint(connection, &write.statements),
            false => Ok(Vec::new()),
        };
        self.is_open = self.is_open && !connection.is_autocommit();
        self.done.push((write, result));
    }

    /// Commits the transaction, and sends the results. If this is not possible, runs each write in its own transaction, so
    /// that a write cannot fail because of another one.
    fn commit(self, connection: &mut Connection) {
        let is_committed = self.is_open && sqlite::execute(connection, "commit").is_ok();
        if !is_committed && !connection.is_autocommit() {
            // Each of the following writes reports an error if the transaction cannot be rolled back.
            drop(sqlite::execute(connection, "rollback"));
        }
        for (write, result) in self.done {
            match is_committed {
                true => drop(write.result.send(result)),
                false => write.run_alone(connection),
            }
        }
    }
}
