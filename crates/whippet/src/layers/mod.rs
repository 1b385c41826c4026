//! Layers for [`App::layer`](crate::App::layer): [`Timeout`], [`Idempotency`], [`RateLimit`].
//!
//! Layers of tower and tower-http work too, if they do not need tokio and build for wasm32, such as the layers for
//! CORS, request ids and sensitive headers. On Workers the platform compresses responses. On Spin and natively a proxy
//! in front of the app can compress responses, and natively a layer of tower-http can too.
//!
//! A layer sees every request and may read any header. On Workers and Spin, an app with layers therefore copies all
//! headers of every request from the host; an app without layers copies only the headers that the route reads.
//!
//! ```
//! use std::time::Duration;
//! use whippet::layers::{Idempotency, RateLimit, Timeout};
//! use whippet::App;
//!
//! fn app() -> App {
//!     let quota = RateLimit::new("default", 100, Duration::from_secs(60)).by_header("authorization");
//!     App::new()
//!         .layer(Idempotency::new().only(|request| request.uri.path().starts_with("/orders")))
//!         .layer(Timeout::after(Duration::from_secs(10)))
//!         .layer(quota) // the last layer added sees a request first
//! }
//! # drop(app());
//! ```

mod idempotency;
mod layer_service;
mod rate_limit;
mod stored;
mod timeout;

pub use idempotency::Idempotency;
pub use layer_service::LayerService;
pub use rate_limit::{Quota, RateLimit, RateLimitDecision, RateLimiter, SqlRateLimiter};
pub use timeout::Timeout;
