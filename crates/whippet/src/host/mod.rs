//! Hosts: the platforms that run an app.
//!
//! An adapter provides a [`Host`], which holds small services, and an entry that passes requests, wake-ups and
//! schedules to a [`Service`](crate::Service). An adapter translates and never interprets: the meaning of a request, a
//! query or a task is defined outside `host`. Every adapter has the same files: `handler`, `database`, `queue`,
//! `clock`, `log`, `fetch`.

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub mod cloudflare;
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

pub use crate::clock::TimeSource;
pub use crate::context::{Host, ReadDocs};
pub use crate::db::Database;
pub use crate::fetch::{HttpClient, OutboundRequest, is_public};
pub use crate::random::Entropy;
pub use crate::wake_up::{Budget, WakeUp};
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use cloudflare::websocket;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::websocket;
