//! Messages.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, ID, InputObject, Json, Result, Value};
use whippet::graphql::{ConnectionArgs, Loader, ResolverContext, page_complexity};
use whippet::response::Cursor;
use whippet::{Db, DbError, Problem, Timestamp, query_as};

use super::application::ApplicationById;
use super::attempt::{AttemptFilter, AttemptsOfMessage};
use super::children::{Children, children};
use crate::application::Application;
use crate::attempt::AttemptRow;
use crate::list::Items;
use crate::message::MessageRow;

#[ComplexObject]
impl MessageRow {
    pub(super) async fn id(&self) -> ID {
        ID::from(&self.id)
    }

    /// The application of the message; null if it was just deleted.
    async fn application(&self, ctx: &Context<'_>) -> Result<Option<Application>> {
        ctx.load::<ApplicationById>(self.app_id.clone()).await
    }

    /// The JSON object that is delivered.
    async fn payload(&self) -> Result<Json<Value>> {
        Ok(Json(serde_json::from_str(&self.payload)?))
    }

    /// The attempts to deliver the message, newest first.
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
        children::<AttemptsOfMessage>(ctx, &self.id, args, filter.unwrap_or_default()).await
    }
}

/// Selects messages of a list. A message must meet every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub(super) struct MessageFilter {
    /// Only messages of these event types.
    event_types: Option<Vec<String>>,
    /// Only messages with this channel.
    channel: Option<String>,
    /// Only messages with this tag.
    tag: Option<String>,
    /// Only messages created before this time.
    before: Option<Timestamp>,
    /// Only messages created after this time.
    after: Option<Timestamp>,
}

/// The messages of applications.
pub(super) struct MessagesOfApplication;

impl Children for MessagesOfApplication {
    const ITEMS: Items = Items::Messages;
    type Filter = MessageFilter;
    type Row = MessageRow;

    fn id(row: &MessageRow) -> &str {
        &row.id
    }

    fn parent(row: &MessageRow) -> &str {
        &row.app_id
    }

    async fn read(
        db: &Db,
        parents: &[&str],
        cursor: &Cursor,
        filter: &MessageFilter,
    ) -> Result<Vec<MessageRow>, DbError> {
        query_as!(
            MessageRow,
            "select m.id, m.app_id, m.event_id, m.event_type, m.channels, m.tags, m.payload, m.created_at \
             from json_each(:parents) parent cross join messages m where m.rowid in ( \
               select rowid from messages where app_id = parent.value \
               {and created_at < :before} {and created_at > :after} \
               {and exists (select 1 from json_each(coalesce(channels, '[]')) c where c.value = :channel)} \
               {and exists (select 1 from json_each(coalesce(tags, '[]')) t where t.value = :tag)} \
               {and event_type in (select value from json_each(:event_types))} and {page :cursor by rowid}) \
             order by {if :ascending m.rowid} {if not :ascending m.rowid desc}",
            before = filter.before,
            after = filter.after,
            channel = filter.channel,
            tag = filter.tag,
            event_types = filter.event_types,
            ascending = cursor.is_ascending(),
        )
        .fetch_all(db)
        .await
    }
}

/// Reads messages by id.
pub(super) struct MessageById;

impl Loader for MessageById {
    type Key = String;
    type Value = MessageRow;

    async fn load(
        context: &whippet::Context,
        ids: &[String],
    ) -> Result<HashMap<String, MessageRow>, Problem> {
        let rows = query_as!(
            MessageRow,
            "select id, app_id, event_id, event_type, channels, tags, payload, created_at from messages \
             where id in (select value from json_each(:ids)) \
             and exists (select 1 from applications a where a.id = app_id and a.deleted_at is null)"
        );
        let rows = rows.fetch_all(&context.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}
