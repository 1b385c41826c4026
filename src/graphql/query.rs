//! The queries.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use whippet::graphql::{ConnectionArgs, ResolverContext, connection, page_complexity};

use super::children::{by_rowid, cursor};
use super::node::{self, Node};
use crate::application::{self, Application};
use crate::endpoint::{self, Endpoint};
use crate::list::Items;
use crate::message::{self, MessageRow};

/// The queries.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// The application with this `id` or `uid`.
    async fn application(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Application>> {
        Ok(Some(application::existing(&ctx.db()?, &id).await?))
    }

    /// The applications, oldest first.
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Application>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        let db = ctx.db()?;
        let page = by_rowid(&db, Items::Applications, &args).await?;
        let rows = application::page(&page).fetch_all(&db).await?;
        let cursor = cursor(Items::Applications, &args)?;
        Ok(connection(&cursor, rows, |row| [row.id.as_str().into()])?)
    }

    /// The endpoint of an application. `applicationId` and `id` are the `id` or the `uid`.
    async fn endpoint(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        id: ID,
    ) -> Result<Option<Endpoint>> {
        Ok(Some(
            endpoint::find(&ctx.db()?, &application_id, &id).await?,
        ))
    }

    /// The signing secret of an endpoint: `whsec_` and base64.
    async fn endpoint_secret(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        id: ID,
    ) -> Result<Option<String>> {
        let db = ctx.db()?;
        let endpoint = endpoint::find(&db, &application_id, &id).await?;
        Ok(Some(endpoint::secret(&db, &endpoint).await?))
    }

    /// The message of an application. `applicationId` is the `id` or the `uid` of the application, and `id` is the `id`
    /// or the `eventId` of the message.
    async fn message(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        id: ID,
    ) -> Result<Option<MessageRow>> {
        let db = ctx.db()?;
        Ok(Some(message::find(&db, &application_id, &id).await?))
    }

    /// An application, an endpoint, a message or an attempt; null if there is no such object.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        node::find(ctx, id).await
    }
}
