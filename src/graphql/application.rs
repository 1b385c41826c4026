//! Applications.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, ID, Result};
use whippet::graphql::{ConnectionArgs, Loader, page_complexity};
use whippet::{Problem, query_as};

use super::children::children;
use super::endpoint::EndpointsOfApplication;
use super::message::{MessageFilter, MessagesOfApplication};
use crate::application::Application;
use crate::endpoint::Endpoint;
use crate::message::MessageRow;

#[ComplexObject]
impl Application {
    pub(super) async fn id(&self) -> ID {
        ID::from(&self.id)
    }

    /// The endpoints of the application, newest first.
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn endpoints(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Endpoint>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        children::<EndpointsOfApplication>(ctx, &self.id, args, ()).await
    }

    /// The messages of the application, newest first.
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<MessageFilter>,
    ) -> Result<Connection<String, MessageRow>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        children::<MessagesOfApplication>(ctx, &self.id, args, filter.unwrap_or_default()).await
    }
}

/// Reads applications by id.
pub(super) struct ApplicationById;

impl Loader for ApplicationById {
    type Key = String;
    type Value = Application;

    async fn load(
        context: &whippet::Context,
        ids: &[String],
    ) -> Result<HashMap<String, Application>, Problem> {
        let rows = query_as!(
            Application,
            "select id, uid, name, throttle_rate, throttle_rate as rate_limit, metadata, created_at, updated_at \
             from applications where id in (select value from json_each(:ids)) and deleted_at is null"
        );
        let rows = rows.fetch_all(&context.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}
