//! Attempts.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result};
use whippet::graphql::{Loader, ResolverContext};
use whippet::response::Cursor;
use whippet::{Db, DbError, Problem, Timestamp, query_as};

use super::children::Children;
use super::endpoint::EndpointById;
use super::message::MessageById;
use crate::attempt::AttemptRow;
use crate::deliver::{FAIL, SUCCESS};
use crate::endpoint::Endpoint;
use crate::id::AttemptKey;
use crate::list::Items;
use crate::message::MessageRow;

#[ComplexObject]
impl AttemptRow {
    pub(super) async fn id(&self) -> ID {
        ID::from(&self.id)
    }

    async fn status(&self) -> AttemptStatus {
        match self.status {
            SUCCESS => AttemptStatus::Success,
            _ => AttemptStatus::Fail,
        }
    }

    /// The message; null if it was just deleted.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<MessageRow>> {
        ctx.load::<MessageById>(self.message_id.clone()).await
    }

    /// The endpoint; null if it was deleted.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<Option<Endpoint>> {
        ctx.load::<EndpointById>(self.endpoint_id.clone()).await
    }
}

/// The status of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub(super) enum AttemptStatus {
    /// The endpoint has responded 2xx.
    Success,
    /// The endpoint has responded with another status, or has not responded.
    Fail,
}

/// The class of a response's status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
enum StatusClass {
    /// The endpoint has not responded.
    NoResponse,
    /// 100 to 199.
    Informational,
    /// 200 to 299.
    Successful,
    /// 300 to 399.
    Redirection,
    /// 400 to 499.
    ClientError,
    /// 500 to 599.
    ServerError,
}

/// Selects attempts of a list. An attempt must meet every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub(super) struct AttemptFilter {
    /// Only attempts with this status.
    status: Option<AttemptStatus>,
    /// Only attempts with a response status in this class.
    status_code_class: Option<StatusClass>,
    /// Only attempts at the endpoint with this `id` or `uid`.
    endpoint_id: Option<ID>,
    /// Only the attempts to deliver messages of these event types.
    event_types: Option<Vec<String>>,
    /// Only the attempts to deliver messages with this channel.
    channel: Option<String>,
    /// Only the attempts to deliver messages with this tag.
    tag: Option<String>,
    /// Only attempts made before this time.
    before: Option<Timestamp>,
    /// Only attempts made after this time.
    after: Option<Timestamp>,
}

/// The attempts to deliver messages.
pub(super) type AttemptsOfMessage = AttemptsOf<true>;

/// The attempts at endpoints.
pub(super) type AttemptsOfEndpoint = AttemptsOf<false>;

/// The attempts of each parent. The parents are messages, or endpoints if `MESSAGES` is false.
pub(super) struct AttemptsOf<const MESSAGES: bool>;

impl<const MESSAGES: bool> Children for AttemptsOf<MESSAGES> {
    const ITEMS: Items = Items::Attempts;
    type Filter = AttemptFilter;
    type Row = AttemptRow;

    fn id(row: &AttemptRow) -> &str {
        &row.id
    }

    fn parent(row: &AttemptRow) -> &str {
        match MESSAGES {
            true => &row.message_id,
            false => &row.endpoint_id,
        }
    }

    async fn read(
        db: &Db,
        parents: &[&str],
        cursor: &Cursor,
        filter: &AttemptFilter,
    ) -> Result<Vec<AttemptRow>, DbError> {
        let status = filter.status.map(|status| match status {
            AttemptStatus::Success => SUCCESS,
            AttemptStatus::Fail => FAIL,
        });
        query_as!(
            AttemptRow,
            "select a.attempt_id as id, a.message_id, a.endpoint_id, a.url, a.status, a.response_status, a.response, \
             a.duration_ms, a.created_at from json_each(:parents) parent cross join attempts a where a.rowid in ( \
               select a.rowid from attempts a join messages m on m.id = a.message_id where \
               {if :of_messages a.message_id = parent.value} {if not :of_messages a.endpoint_id = parent.value} \
               {and a.status = :status} {and a.response_status / 100 = :class} \
               {and a.endpoint_id in (select id from endpoints where app_id = m.app_id and (id = :endpoint or uid = :endpoint))} \
               {and m.event_type in (select value from json_each(:event_types))} \
               {and exists (select 1 from json_each(coalesce(m.channels, '[]')) c where c.value = :channel)} \
               {and exists (select 1 from json_each(coalesce(m.tags, '[]')) t where t.value = :tag)} \
               {and a.created_at < :before} {and a.created_at > :after} and {page :cursor by a.rowid}) \
             order by {if :ascending a.rowid} {if not :ascending a.rowid desc}",
            of_messages = MESSAGES,
            class = filter.status_code_class.map(|class| class as u8),
            endpoint = filter.endpoint_id.as_deref(),
            event_types = filter.event_types,
            channel = filter.channel,
            tag = filter.tag,
            before = filter.before,
            after = filter.after,
            ascending = cursor.is_ascending(),
        )
        .fetch_all(db)
        .await
    }
}

/// Reads attempts by id.
pub(super) struct AttemptById;

impl Loader for AttemptById {
    type Key = String;
    type Value = AttemptRow;

    async fn load(
        context: &whippet::Context,
        ids: &[String],
    ) -> Result<HashMap<String, AttemptRow>, Problem> {
        let keys = ids.iter().filter_map(|id| AttemptKey::parse(id));
        let rows = query_as!(
            AttemptRow,
            "select attempt_id as id, message_id, endpoint_id, url, status, response_status, response, duration_ms, \
             created_at from attempts where (seq in (select value from json_each(:seqs)) \
               or id in (select value from json_each(:ids))) and attempt_id in (select value from json_each(:ids)) \
             and exists (select 1 from messages m join applications a on a.id = m.app_id \
               where m.id = message_id and a.deleted_at is null)",
            seqs = keys.map(|key| key.seq).collect::<Vec<_>>(),
        );
        let rows = rows.fetch_all(&context.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}
