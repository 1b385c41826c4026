//! The GraphQL schema of Relay, with the feature `graphql`.
//!
//! - `query`, `mutation`, `subscription`: the roots of the schema. `input`: the arguments of mutations.
//! - `application`, `endpoint`, `message`, `attempt`: the fields that read more than the row of an object, and the
//!   loaders that read rows.
//! - `children`: the connections of an object, which read the children of many parents with one statement.
//! - `node`: objects by id.
//!
//! The other fields of an object are the fields of its struct: see `crate::application`, for example.

mod application;
mod attempt;
mod children;
mod endpoint;
mod input;
mod message;
mod mutation;
mod node;
mod query;
mod subscription;

use async_graphql::{Schema, SchemaBuilder};
use whippet::graphql::Endpoint;
use whippet::routing::Routes;

use crate::auth::ApiKey;

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

/// Creates the builder of the schema.
#[must_use]
pub fn schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription)
}

/// Returns the operations that serve the schema. Every request needs the API key. The OpenAPI document does not contain
/// the operations, because the schema describes them.
pub(crate) fn routes() -> Routes {
    let endpoint = Endpoint::new(schema).routes("/graphql");
    endpoint.dependency::<ApiKey>().undocumented()
}
