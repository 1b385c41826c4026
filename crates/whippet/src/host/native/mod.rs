//! The native host, for development, tests and servers. The host uses hyper, tokio, and SQLite through `rusqlite`.

pub(crate) mod blobs;
mod clock;
mod database;
pub(crate) mod docs;
mod fetch;
mod handler;
mod log;
mod queue;
mod run;
pub(crate) mod server;
pub(crate) mod websocket;

pub use blobs::BlobFolder;
pub use clock::{SystemClock, SystemEntropy};
pub use database::{OpenError, Sqlite, SqliteOptions, Synchronous};
pub use fetch::Client;
pub use handler::{ServeError, serve};
pub use queue::Runner;
pub use run::run;
