//! The native host: hyper through `axum::serve`, SQLite through `rusqlite`, tokio. For development, tests and servers.

mod clock;
mod database;
pub(crate) mod docs;
mod fetch;
mod handler;
mod log;
mod queue;
pub(crate) mod websocket;

pub use clock::{SystemClock, SystemEntropy};
pub use database::{OpenError, Sqlite};
pub use fetch::Client;
pub use handler::{ServeError, serve};
pub use queue::Runner;
