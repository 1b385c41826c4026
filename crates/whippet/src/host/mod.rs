//! Hosts: what runs an app.
//!
//! A host is a [`Host`] of small services, plus an entry that feeds requests, wake-ups and schedules to a
//! [`Service`](crate::Service). An adapter translates and never interprets: what a request, a query or a task means is
//! decided outside. Every adapter has the same files: `handler`, `database`, `queue`, `clock`, `log`, `fetch`.

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub mod cloudflare;
#[cfg(all(target_arch = "wasm32", not(feature = "spin")))]
#[path = "without_docs.rs"]
pub(crate) mod docs;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(any(
    test,
    feature = "fuzzing",
    all(feature = "cloudflare", target_arch = "wasm32")
))]
pub(crate) mod packed;
#[cfg(all(any(feature = "cloudflare", feature = "spin"), target_arch = "wasm32"))]
mod random_buffer;
#[cfg(all(feature = "spin", target_arch = "wasm32"))]
pub mod spin;
#[cfg(any(not(target_arch = "wasm32"), feature = "testing"))]
pub(crate) mod sqlite;
#[cfg(all(target_arch = "wasm32", not(feature = "cloudflare")))]
#[path = "without_websocket.rs"]
pub(crate) mod websocket;

use std::sync::Arc;

use crate::Config;
pub use crate::clock::TimeSource;
pub use crate::db::Database;
pub use crate::fetch::{HttpClient, OutboundRequest, is_public};
pub use crate::random::Entropy;
pub use crate::tasks::{Budget, WakeUp};
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use cloudflare::websocket;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{docs, websocket};
#[cfg(all(feature = "spin", target_arch = "wasm32"))]
pub(crate) use spin::docs;

/// The services of a host. Tests replace any of them.
#[derive(Clone)]
pub struct Host {
    /// The host's name.
    pub name: &'static str,
    /// The configuration.
    pub config: Config,
    /// The database.
    pub database: Arc<dyn Database>,
    /// Outbound HTTP.
    pub http: Arc<dyn HttpClient>,
    /// Time.
    pub clock: Arc<dyn TimeSource>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The wake-up of the task runner.
    pub queue: Arc<dyn WakeUp>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
