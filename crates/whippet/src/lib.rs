//! Whippet: a lean stack for HTTP APIs at the edge.
//!
//! Handlers are plain async functions, which run unchanged on Cloudflare Workers, on Fermyon Spin and natively.
//!
//! - [`App`]: the routes, tasks, layers and migrations of an API. A [`Service`] is an app that runs on a host.
//! - [`Context`]: gives a request or task access to the services of its host. Handlers take the parts of the context as
//!   arguments: [`Db`], [`Blobs`], [`Fetch`], [`Clock`], [`Random`], [`Config`], [`Tasks`] and [`RequestId`].
//! - [`extract`]: extractors, such as [`Json`], [`Path`], [`Query`](extract::Query) and [`Valid`].
//! - [`response`]: response types. A handler may return every type that implements axum's `IntoResponse`.
//! - [`Problem`]: the error response of a handler (RFC 9457).
//! - [`log`]: log lines and their fields. The feature `otlp` exports traces.
//! - [`host`]: the hosts, and the traits that a host implements. Only `host` uses the API of a platform.
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

// The macros refer to this crate as `::whippet`, even inside this crate.
extern crate self as whippet;

mod app;
mod bearer;
mod blobs;
mod clock;
mod config;
mod context;
mod db;
pub mod extract;
mod fetch;
#[cfg(all(feature = "fuzzing", not(target_arch = "wasm32")))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "graphql")]
pub mod graphql;
pub mod health;
pub mod host;
mod id;
#[cfg(feature = "jwt")]
pub mod jwt;
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
#[cfg(feature = "testing")]
mod overrides;
mod panic;
pub mod problem;
#[cfg(test)]
mod properties;
mod random;
mod record;
pub mod records;
pub mod response;
pub mod routing;
mod scope;
mod service;
pub mod settings;
mod streak;
pub mod sweep;
pub mod tasks;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod wake_up;
pub mod websocket;

pub use app::{App, AppError, DEFAULT_BODY_LIMIT};
pub use bearer::bearer_key;
pub use blobs::{Blob, BlobContent, BlobEntry, BlobError, BlobPage, Blobs};
pub use clock::{Clock, Timestamp};
pub use config::{Config, ConfigError, Secret};
pub use context::Context;
pub use db::checked as sql;
pub use db::{
    AssertSqlSafe, BatchResults, Database, Db, DbError, Query, Rows, Sql, Statement, Value, query,
};
pub use db::{MAX_COLUMNS, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, MAX_VALUE_BYTES};
pub use extract::{Change, Json, Patch, Path, State, Valid};
pub use fetch::{
    Fetch, FetchError, FetchRequest, FetchResponse, HttpClient, PrivateTarget, check_public,
};
pub use id::RequestId;
pub use migrate::{MigrateError, Migration, Migrations};
pub use problem::{FieldError, Problem, ProblemType};
pub use random::Random;
pub use records::{Record, RecordPatch};
pub use response::{Accepted, Created, NoContent, Page};
pub use service::Service;
pub use settings::Settings;
pub use tasks::{Retry, Task, TaskError, Tasks};
pub use whippet_macros::{
    Column, Record, RecordPatch, Settings, cron, delete, dependency, get, migrations, openapi,
    patch, post, put, rules, task, test,
};

/// Whippet uses axum's HTTP types, and its traits `Handler`, `FromRequest` and `IntoResponse`.
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

/// Compiles the programs in the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/ENDPOINT.md")]
#[doc = include_str!("../../../docs/HTTP.md")]
#[doc = include_str!("../../../docs/TASKS.md")]
#[cfg_attr(feature = "graphql", doc = include_str!("../../../docs/GRAPHQL.md"))]
struct Documentation;
