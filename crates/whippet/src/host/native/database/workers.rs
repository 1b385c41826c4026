//! Threads that run jobs on SQLite connections.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::DbError;

/// How many jobs may wait for a thread. Any further job fails immediately. Without this limit, the queue could fill the
/// memory, and its jobs could wait for a long time.
pub(super) const MAX_WAITING: usize = 1024;

/// SQLite runs this many instructions of its virtual machine, then checks whether the caller still waits for the
/// result.
const CHECK_EVERY: i32 = 10_000;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Threads that take jobs from one queue. Each thread has its own connection.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    jobs: SyncSender<Job>,
}

impl Workers {
    /// Starts a thread for each connection. The threads end when the last clone of the `Workers` is dropped.
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(MAX_WAITING);
        let queue = Arc::new(Mutex::new(queue));
        for connection in connections {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new().name(name.to_owned());
            thread.spawn(move || work(connection, &queue))?;
        }
        Ok(Self { jobs })
    }

    /// Runs a job on one of the threads. If the future is dropped before the job starts, the job does not run.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if !sender.is_closed() {
                // Sending fails if the future was dropped while the job ran.
                drop(sender.send(job(connection)));
            }
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => too_many_waiting(),
            TrySendError::Disconnected(_) => ended(),
        })?;
        result.await.map_err(|_| ended())?
    }

    /// Like [`run`](Self::run), but dropping the future also interrupts a job that is already running.
    pub(super) async fn run_until_dropped<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let dropped = SetOnDrop::default();
        let is_dropped = Arc::clone(&dropped.0);
        self.run(move |connection| {
            let interrupts = move || is_dropped.load(Ordering::Relaxed);
            connection.progress_handler(CHECK_EVERY, Some(interrupts));
            let result = job(connection);
            connection.progress_handler(0, None::<fn() -> bool>);
            result
        })
        .await
    }
}

/// A flag that is set when the `SetOnDrop` is dropped.
#[derive(Default)]
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(super) fn too_many_waiting() -> DbError {
    DbError::Busy(format!(
        "{MAX_WAITING} statements are waiting for the database"
    ))
}

pub(super) fn ended() -> DbError {
    DbError::Database("the database thread has ended".to_owned())
}

fn work(mut connection: Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is released before the job runs, so that another thread can take the next job.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(&mut connection),
            Err(_) => return,
        }
    }
}
