//! Endpoints.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use whippet::graphql::{ConnectionArgs, Loader, ResolverContext, page_complexity};
use whippet::response::Cursor;
use whippet::{Db, DbError, Problem, Timestamp, query_as};

use super::application::ApplicationById;
use super::attempt::{AttemptFilter, AttemptsOfEndpoint};
use super::children::{Children, children};
use crate::application::Application;
use crate::attempt::AttemptRow;
use crate::endpoint::Endpoint;
use crate::list::Items;

#[ComplexObject]
impl Endpoint {
    pub(super) async fn id(&self) -> ID {
        ID::from(&self.id)
    }

    /// The application of the endpoint; null if it was just deleted.
    async fn application(&self, ctx: &Context<'_>) -> Result<Option<Application>> {
        ctx.load::<ApplicationById>(self.app_id.clone()).await
    }

    /// The failures since the last success; null if the endpoint was just deleted.
    async fn health(&self, ctx: &Context<'_>) -> Result<Option<EndpointHealth>> {
        ctx.load::<HealthOfEndpoint>(self.id.clone()).await
    }

    /// The attempts to deliver messages to the endpoint, newest first.
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn attempts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AttemptFilter>,
    ) -> Result<Connection<String, AttemptRow>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        children::<AttemptsOfEndpoint>(ctx, &self.id, args, filter.unwrap_or_default()).await
    }
}

/// The endpoints of applications.
pub(super) struct EndpointsOfApplication;

impl Children for EndpointsOfApplication {
    const ITEMS: Items = Items::Endpoints;
    type Filter = ();
    type Row = Endpoint;

    fn id(row: &Endpoint) -> &str {
        &row.id
    }

    fn parent(row: &Endpoint) -> &str {
        &row.app_id
    }

    async fn read(
        db: &Db,
        parents: &[&str],
        cursor: &Cursor,
        (): &(),
    ) -> Result<Vec<Endpoint>, DbError> {
        query_as!(
            Endpoint,
            "select e.id, e.app_id, e.uid, e.url, e.description, e.event_types, e.event_types as filter_types, \
             e.channels, e.disabled, e.throttle_rate, e.throttle_rate as rate_limit, 1 as version, e.metadata, \
             e.created_at, e.updated_at from json_each(:parents) parent cross join endpoints e \
             where e.rowid in (select rowid from endpoints where app_id = parent.value and {page :cursor by rowid}) \
             order by {if :ascending e.rowid} {if not :ascending e.rowid desc}",
            ascending = cursor.is_ascending(),
        )
        .fetch_all(db)
        .await
    }
}

/// Reads endpoints by id.
pub(super) struct EndpointById;

impl Loader for EndpointById {
    type Key = String;
    type Value = Endpoint;

    async fn load(
        context: &whippet::Context,
        ids: &[String],
    ) -> Result<HashMap<String, Endpoint>, Problem> {
        let rows = query_as!(
            Endpoint,
            "select id, app_id, uid, url, description, event_types, event_types as filter_types, channels, disabled, \
             throttle_rate, throttle_rate as rate_limit, 1 as version, metadata, created_at, updated_at from endpoints \
             where id in (select value from json_each(:ids)) \
             and exists (select 1 from applications a where a.id = app_id and a.deleted_at is null)"
        );
        let rows = rows.fetch_all(&context.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}

/// The failed attempts of an endpoint since its last success. Relay disables an endpoint that has failed for days.
#[derive(Debug, Clone, SimpleObject)]
struct EndpointHealth {
    #[graphql(skip)]
    id: String,
    /// The time of the first failure; null if the last attempt has succeeded, or if there was no attempt.
    failing_since: Option<Timestamp>,
    /// The time of the last failure.
    failed_at: Option<Timestamp>,
    /// The number of failures.
    failures: u32,
}

/// Reads the health of endpoints.
struct HealthOfEndpoint;

impl Loader for HealthOfEndpoint {
    type Key = String;
    type Value = EndpointHealth;

    async fn load(
        context: &whippet::Context,
        ids: &[String],
    ) -> Result<HashMap<String, EndpointHealth>, Problem> {
        let rows = query_as!(
            EndpointHealth,
            "select id, nullif(failing_since, 0) as failing_since, nullif(failed_at, 0) as failed_at, failures \
             from endpoints where id in (select value from json_each(:ids))"
        );
        let rows = rows.fetch_all(&context.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}
