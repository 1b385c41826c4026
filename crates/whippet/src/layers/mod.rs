//! Layers for [`App::layer`](crate::App::layer): [`Timeout`], [`Idempotency`], [`RateLimit`], [`DatabaseSessions`].
//!
//! Layers of tower and tower-http work too, if they build for wasm32 and do not need tokio. Examples are the layers for
//! CORS, request ids and sensitive headers. On Workers, the platform compresses responses. On Spin and natively, a
//! proxy in front of the app can compress responses. Natively, a layer of tower-http can also compress responses.
//!
//! A layer sees every request and may read any header. On Workers and Spin, an app with layers therefore copies all
//! headers of every request from the host. An app without layers copies only the headers that the route reads.
//!
//! [`RateLimited`] and [`Idempotent`] are arguments of operations, and the OpenAPI document describes them.
//!
//! Layers run before the extractors of the handler can authenticate the caller. So `Idempotency` and `RateLimit`
//! authenticate the caller with a dependency of the app.
//!
//! ```
//! use std::time::Duration;
//! use whippet::axum::http::HeaderMap;
//! use whippet::layers::{Idempotency, RateLimit, Timeout};
//! use whippet::{App, Created, Problem, dependency, post, routes};
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! #[dependency]
//! async fn user(headers: HeaderMap) -> Result<User, Problem> {
//!     # let _ = headers;
//!     Err(Problem::unauthorized("check the token here"))
//! }
//!
//! #[post("/orders")]
//! async fn create_order(_user: User) -> Created<u32> {
//!     Created::at("/orders/1", 1)
//! }
//!
//! fn app() -> App {
//!     let once = Idempotency::by(|user: User| user.0);
//!     let quota = RateLimit::new("default", 100, Duration::from_secs(60)).by(|user: User| Some(user.0));
//!     App::new()
//!         .routes(routes![create_order].layer(once).layer(quota)) // the last layer added sees a request first
//!         .layer(Timeout::after(Duration::from_secs(10)))
//! }
//! # drop(app());
//! ```

mod caller;
mod database_sessions;
mod idempotency;
mod idempotent;
mod layer_service;
mod limited;
mod quota;
mod quotas;
mod rate_limit;
mod stored;
mod timeout;

pub use database_sessions::DatabaseSessions;
pub use idempotency::{Idempotency, StoreResponse};
pub use idempotent::{IdempotencyPolicy, Idempotent, OptionalKey, RequiredKey};
pub use layer_service::LayerService;
pub use limited::{CallerKey, RateLimitPolicy, RateLimited};
pub use quota::{Quota, RateLimitDecision};
pub use quotas::Quotas;
pub use rate_limit::{RateLimit, RateLimiter, SqlRateLimiter};
pub use timeout::Timeout;
