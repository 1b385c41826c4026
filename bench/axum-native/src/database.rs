//! The connections to the SQLite file: one for writes, because SQLite allows only one writer at a time, and several for
//! reads.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::Semaphore;

/// The number of connections for reads, which is the same as in Whippet's native host.
const READERS: usize = 4;

#[derive(Clone)]
pub struct Database {
    writer: Arc<Mutex<Connection>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Database {
    pub fn open(path: &str) -> rusqlite::Result<Self> {
        let writer = connect(path)?;
        let readers: rusqlite::Result<Vec<_>> = (0..READERS).map(|_| connect(path)).collect();
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            readers: Arc::new(Mutex::new(readers?)),
            free: Arc::new(Semaphore::new(READERS)),
        })
    }

    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let writer = Arc::clone(&self.writer);
        let write = move || work(&writer.lock().expect("no writer panics"));
        tokio::task::spawn_blocking(write)
            .await
            .expect("no write panics")
    }

    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .expect("the semaphore stays open");
        let readers = Arc::clone(&self.readers);
        let read = move || {
            let _permit = permit;
            let reader = readers
                .lock()
                .expect("no reader panics")
                .pop()
                .expect("a reader is free");
            let result = work(&reader);
            readers.lock().expect("no reader panics").push(reader);
            result
        };
        tokio::task::spawn_blocking(read)
            .await
            .expect("no read panics")
    }
}

fn connect(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000",
    )?;
    Ok(connection)
}
