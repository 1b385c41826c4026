//! A GraphQL schema with one query, which reads items. The apps of the benchmark with Strawberry and GraphQL Yoga have the
//! same schema.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SimpleObject,
};
use whippet::graphql::{self, ResolverContext};
use whippet::{App, AppError, Config, migrations, query_as};

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

/// Creates the app `bench-graphql`.
///
/// # Errors
///
/// Never fails.
pub fn app(_: &Config) -> Result<App, AppError> {
    let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
    Ok(App::new()
        .migrations(migrations!("../items/migrations"))
        .routes(graphql::routes("/graphql", schema)))
}

/// An item: a row with eight columns.
#[derive(SimpleObject)]
struct Item {
    id: u32,
    sku: String,
    name: String,
    cents: u32,
    weight: f64,
    active: bool,
    tags: Vec<String>,
    version: u32,
}

struct Query;

#[Object]
impl Query {
    /// The first items after the id `after`, in the order of their ids.
    async fn items(&self, ctx: &Context<'_>, after: u32, first: u32) -> Result<Vec<Item>> {
        let items = query_as!(
            Item,
            "select id, sku, name, cents, weight, active, tags, version from items
             where id > :after order by id limit :first"
        );
        Ok(items.fetch_all(&ctx.db()?).await?)
    }
}
