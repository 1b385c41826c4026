//! GraphQL: serves a schema of [`async-graphql`](https://docs.rs/async-graphql). Needs the feature `graphql`.
//!
//! A schema is written with the types and macros of async-graphql, so a program needs `async-graphql` as a dependency,
//! without default features. [`routes`] serves the schema over HTTP, as the draft of GraphQL over HTTP describes, and
//! applies [`Limits`] by default. Resolvers get the dependencies, the database and the loads of their request from
//! [`ResolverContext`].
//!
//! ```
//! use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
//! use whippet::testing::TestApp;
//! use whippet::{App, graphql};
//!
//! struct Query;
//!
//! #[Object]
//! impl Query {
//!     async fn hello(&self, name: String) -> String {
//!         format!("hello {name}")
//!     }
//! }
//!
//! fn app() -> App {
//!     let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
//!     App::new().routes(graphql::routes("/graphql", schema))
//! }
//!
//! # whippet::testing::block_on(async {
//! let app = TestApp::new(|_| Ok(app())).await;
//! let query = serde_json::json!({"query": "{ hello(name: \"Ada\") }"});
//! let response = app.post("/graphql").json(&query).await;
//! assert_eq!(response.text(), r#"{"data":{"hello":"hello Ada"}}"#);
//! # });
//! ```

mod accept;
mod connection;
#[cfg(not(target_arch = "wasm32"))]
mod describe;
mod document;
mod documents;
mod drive;
mod endpoint;
mod errors;
mod executable;
mod global_id;
mod graphiql;
mod guard;
mod limits;
mod loader;
mod loads;
mod observe;
mod operation;
mod params;
mod poll;
mod resolver;
mod respond;
mod results;
mod scan;
mod server;
mod socket;
mod state;
mod stream;
mod timestamp;
mod upload;

pub use connection::{ConnectionArgs, connection, page_complexity};
pub use endpoint::{Endpoint, routes, sdl};
pub use global_id::{global_id, split_global_id};
pub use guard::Requires;
pub use limits::{LIMIT_EXCEEDED, Limits};
pub use loader::{Loader, group_by};
pub use poll::poll;
pub use resolver::ResolverContext;
pub use socket::ConnectionInit;

/// If this variable is `true`, clients can read the schema, errors suggest names for misspelled names, and a browser that
/// opens the endpoint gets GraphiQL. Set the variable in development only.
pub const INTROSPECTION: &str = "GRAPHQL_INTROSPECTION";

/// The `tracing` target for the log lines about operations.
const LOG_TARGET: &str = "whippet::graphql";
