//! Layers of Whippet's own, for [`App::layer`](crate::App::layer): [`Timeout`], [`Idempotency`], [`RateLimit`].
//!
//! Layers of tower and tower-http work too, as long as they need no tokio and build for wasm32: CORS, request ids, sensitive
//! headers and the like do. Compression is the platform's on Workers; natively and on Spin it is up to a proxy in front, or,
//! natively, to tower-http.
//!
//! A layer sees every request, so an app that has any reads all headers of each: on Workers and Spin that is the price.
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
//!         .layer(quota) // sees a request first
//! }
//! # drop(app());
//! ```

mod around;
mod idempotency;
mod rate_limit;
mod stored;
mod timeout;

pub use around::Around;
pub use idempotency::Idempotency;
pub use rate_limit::{Quota, RateLimit, RateLimitDecision, RateLimiter, SqlRateLimiter};
pub use timeout::Timeout;
