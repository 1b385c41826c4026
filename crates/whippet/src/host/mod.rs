//! Hosts: the platforms that run an app.
//!
//! The adapter of a host provides a [`Host`], which holds small services such as the database and the clock. The entry
//! point of the adapter passes requests, wake-ups and scheduled events to a [`Service`](crate::Service). An adapter
//! only translates between the host's API and the types of this crate. Code outside `host` decides how requests,
//! queries and tasks work. Every adapter has the files `handler`, `database`, `queue`, `clock`, `log` and `fetch`.

#[cfg(all(target_arch = "wasm32", not(feature = "cloudflare")))]
#[path = "without_blobs.rs"]
pub(crate) mod blobs;
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub mod cloudflare;
#[cfg(any(test, all(feature = "cloudflare", target_arch = "wasm32")))]
mod coalesce;
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

#[cfg(feature = "s3")]
pub use crate::blobs::s3::S3Blobs;
pub use crate::blobs::{BlobStore, BlobUpload};
pub use crate::clock::TimeSource;
pub use crate::context::{Host, ReadDocs};
pub use crate::db::{Database, DatabaseSession};
pub use crate::fetch::{HttpClient, OutboundRequest, is_public};
pub use crate::random::Entropy;
pub use crate::wake_up::{Budget, WakeUp};
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use cloudflare::{blobs, websocket};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{blobs, websocket};
