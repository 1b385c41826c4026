//! A bookshelf: an API with a GraphQL schema, which is a subgraph of a federation.
//!
//! - `types.rs`: the objects, and the loaders that read them in batches.
//! - `query.rs`, `mutation.rs`, `subscription.rs`: the root types of the schema.
//! - `librarian.rs`: the dependency that checks the token of a caller who adds books.

use async_graphql::{Schema, SchemaBuilder};
use whippet::graphql::{Endpoint, Limits};
use whippet::{App, AppError, Config, Migrations, health};

mod librarian;
mod mutation;
mod query;
mod subscription;
mod types;

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

#[cfg(all(feature = "spin", target_arch = "wasm32"))]
mod spin {
    whippet::spin::entry!(crate::app);
}

const MIGRATIONS: Migrations = whippet::migrations!("migrations");

/// Creates the builder of the schema.
pub fn schema() -> SchemaBuilder<query::Query, mutation::Mutation, subscription::Subscription> {
    Schema::build(query::Query, mutation::Mutation, subscription::Subscription)
        .enable_subscription_in_federation()
}

/// Creates the app.
///
/// # Errors
///
/// Never fails.
pub fn app(_: &Config) -> Result<App, AppError> {
    let limits = Limits {
        batch: 10,
        uploads: 1,
        ..Limits::default()
    };
    let graphql = Endpoint::new(schema).limits(limits).persisted_queries();
    Ok(health::routes(App::new())
        .migrations(MIGRATIONS)
        .routes(graphql.routes("/graphql")))
}
