//! Relay: a webhook delivery service with the API of Svix and the signatures of Standard Webhooks.
//!
//! - [`app`](app()): all routes and tasks, in one function.
//! - `application`, `endpoint`, `message`, `attempt`: the resources. Each of these modules has the types and handlers
//!   of one resource. `application`, `endpoint` and `message` also have a dependency that loads the resource in the
//!   request's path. `application::remove` removes deleted applications in steps.
//! - `deliver`: the task that signs a message and posts it to one endpoint. `signing`: the signatures of Standard
//!   Webhooks. `throttle`: decides how long deliveries over a rate have to wait.
//! - `auth`, `idempotency`, `id`, `list`, `old_names`, `rules`, `settings`, `upserted`, `writer`: code that several resources
//!   share.
//! - `graphql`: the GraphQL schema, with the feature `graphql`.
//! - `hosts`: the entry points for Workers and Spin. The native entry point is `main.rs`.

mod app;
mod application;
mod attempt;
mod auth;
mod deliver;
mod endpoint;
#[cfg(feature = "graphql")]
pub mod graphql;
mod hosts;
mod id;
mod idempotency;
mod list;
mod message;
mod old_names;
mod rules;
mod settings;
mod signing;
mod throttle;
mod upserted;
mod writer;

pub use app::app;
pub use settings::RelaySettings;
pub use signing::{Secret, SecretError, VerifyError, sign, verify};

/// Compiles the programs in the documentation that use Relay's tables.
#[cfg(doctest)]
#[doc = include_str!("../docs/DATA.md")]
struct Data;
