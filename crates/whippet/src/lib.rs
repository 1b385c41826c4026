//! Whippet: a lean stack for HTTP APIs at the edge.
//!
//! Write plain async functions once; the same handlers run on Cloudflare Workers, on Fermyon Spin and natively. Where things are:
//!
//! - [`App`]: routes, tasks, layers and migrations of one API, on one page. [`Service`] is the app on a host.
//! - [`Context`] is what a request or task sees of its host; handlers take its parts as arguments: [`Db`], [`Fetch`],
//!   [`Clock`], [`Random`], [`Config`], [`Tasks`], [`RequestId`].
//! - Extractors [`Json`], [`Path`], [`Query`](extract::Query) and [`Valid`]; answers are [`response`]s or
//!   anything that axum can turn into one; errors are [`Problem`]s (RFC 9457).
//! - [`log`]: log lines, and what is bound to them. The feature `otlp` exports traces.
//! - [`host`]: the hosts, and the small traits that one implements. Nothing outside it names a platform.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use validator::Validate;
//! use whippet::{App, Clock, Json, Problem, Valid, routing::post};
//!
//! #[derive(Deserialize, Validate)]
//! struct NewUser {
//!     #[validate(length(min = 1, max = 64))]
//!     name: String,
//! }
//!
//! #[derive(Serialize)]
//! struct User { name: String, created_at: whippet::Timestamp }
//!
//! async fn create_user(clock: Clock, Valid(Json(new)): Valid<Json<NewUser>>) -> Result<Json<User>, Problem> {
//!     Ok(Json(User { name: new.name, created_at: clock.now() }))
//! }
//!
//! fn app() -> App {
//!     App::new().route("/users", post(create_user))
//! }
//! # drop(app());
//! ```

// The macros name this crate as its users do.
extern crate self as whippet;

mod app;
mod clock;
mod config;
mod context;
mod db;
pub mod extract;
mod fetch;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod health;
pub mod host;
mod id;
mod layered;
pub mod layers;
pub mod log;
mod migrate;
pub mod openapi;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
#[path = "otlp/absent.rs"]
mod otlp;
mod overrides;
mod panic;
pub mod problem;
#[cfg(test)]
mod properties;
mod random;
mod record;
pub mod response;
pub mod routing;
mod scope;
mod service;
pub mod sweep;
pub mod tasks;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod wake_up;
pub mod websocket;

pub use app::{App, AppError, DEFAULT_BODY_LIMIT};
pub use clock::{Clock, Timestamp};
pub use config::{Config, ConfigError, Secret};
pub use context::Context;
pub use db::{
    AssertSqlSafe, BatchResults, Database, Db, DbError, Query, Rows, Sql, Statement, Value, query,
};
pub use db::{MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES};
pub use extract::{Json, Patch, Path, Valid};
pub use fetch::{
    Fetch, FetchError, FetchRequest, FetchResponse, HttpClient, PrivateTarget, check_public,
};
pub use id::RequestId;
pub use migrate::{MigrateError, Migration, Migrations};
pub use problem::{FieldError, Problem, ProblemType};
pub use random::Random;
pub use response::{Accepted, Created, NoContent, Page};
pub use service::Service;
pub use tasks::{Retry, Task, TaskError, Tasks};
pub use whippet_macros::{delete, dependency, get, migrations, openapi, patch, post, put, test};

/// The HTTP types and the `Handler`, `FromRequest` and `IntoResponse` traits that Whippet builds on.
pub use axum;

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
#[doc(inline)]
pub use host::cloudflare;
#[cfg(not(target_arch = "wasm32"))]
#[doc(inline)]
pub use host::native;
#[cfg(all(feature = "spin", target_arch = "wasm32"))]
#[doc(inline)]
pub use host::spin;

/// The programs of the documentation are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../docs/ENDPOINT.md")]
#[doc = include_str!("../../../docs/HTTP.md")]
struct Readme;
