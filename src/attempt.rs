//! The attempts to deliver a message to an endpoint.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::Query;
use whippet::response::{Order, PageLimit, PageParams};
use whippet::{Db, Json, Problem, Timestamp, Valid, get, query_as};

use crate::deliver::SUCCESS;
use crate::endpoint::{self, Endpoint};
use crate::list::{self, EventTypeFilter, Items, List, Position, TimeFilter};
use crate::message::MessageRow;
use crate::rules::StatusClass;

// This struct is also the type `Attempt` of the GraphQL schema.
/// An attempt to deliver a message to an endpoint.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::SimpleObject),
    graphql(complex, name = "Attempt")
)]
pub(crate) struct AttemptRow {
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) id: String,
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) message_id: String,
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) endpoint_id: String,
    /// The URL of the endpoint at the time of the attempt.
    pub(crate) url: String,
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) status: u8,
    /// The status code of the response, or 0 if there was no response.
    #[cfg_attr(feature = "graphql", graphql(name = "responseStatusCode"))]
    pub(crate) response_status: u16,
    /// The body of the response, or the reason why there was no response. A body that is not text is stored as a URL
    /// that starts with `data:application/octet-stream;base64,`.
    pub(crate) response: String,
    #[cfg_attr(feature = "graphql", graphql(name = "responseDurationMs"))]
    pub(crate) duration_ms: u64,
    #[cfg_attr(feature = "graphql", graphql(name = "timestamp"))]
    pub(crate) created_at: Timestamp,
}

/// An attempt to deliver a message to an endpoint.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Attempt")]
pub(crate) struct ListedAttempt {
    id: String,
    msg_id: String,
    endpoint_id: String,
    /// The URL of the endpoint at the time of the attempt.
    url: String,
    /// The status of the attempt: 0 for success, 2 for failure.
    status: u8,
    /// The status of the attempt as text: `success` or `fail`.
    status_text: &'static str,
    /// The status code of the response, or 0 if there was no response.
    response_status_code: u16,
    /// The body of the response, or the reason why there was no response. A body that is not text is stored as a URL
    /// that starts with `data:application/octet-stream;base64,`.
    response: String,
    response_duration_ms: u64,
    /// The trigger of the attempt. The value is always 0, because every attempt follows the schedule.
    trigger_type: u8,
    timestamp: Timestamp,
}

impl AttemptRow {
    fn into_listed(self, with_content: bool) -> ListedAttempt {
        ListedAttempt {
            id: self.id,
            msg_id: self.message_id,
            endpoint_id: self.endpoint_id,
            url: self.url,
            status: self.status,
            status_text: if self.status == SUCCESS {
                "success"
            } else {
                "fail"
            },
            response_status_code: self.response_status,
            response: if with_content {
                self.response
            } else {
                String::new()
            },
            response_duration_ms: self.duration_ms,
            trigger_type: 0,
            timestamp: self.created_at,
        }
    }
}

/// The query parameters of a list of attempts.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct AttemptListParams {
    /// The maximum number of items to return, 50 by default.
    limit: Option<PageLimit>,
    /// The page to return: the `iterator` or `prevIterator` of an earlier response, or the id of an item.
    iterator: Option<String>,
    /// The sort order by creation time, `descending` by default.
    order: Option<Order>,
    /// Return only attempts made before this time.
    before: Option<TimeFilter>,
    /// Return only attempts made after this time.
    after: Option<TimeFilter>,
    /// Return only the attempts to deliver messages with this channel.
    channel: Option<String>,
    /// Return only the attempts to deliver messages with this tag.
    tag: Option<String>,
    /// Return only the attempts to deliver messages of these event types, separated by commas.
    event_types: Option<EventTypeFilter>,
    /// Return only attempts with this status: 0 success, 1 pending, 2 fail, 3 sending. Relay uses only 0 and 2.
    #[validate(range(max = 3))]
    status: Option<u8>,
    /// Return only attempts with a response status in this class: 400 means 400 to 499, and 0 means no response.
    #[validate(nested)]
    status_code_class: Option<StatusClass>,
    /// Return only attempts at the endpoint with this `id` or `uid`.
    endpoint_id: Option<String>,
    /// Whether to return response bodies. If false, the field `response` of every attempt is empty.
    #[serde(default = "list::default_true")]
    with_content: bool,
}

/// Lists the attempts of a message or an endpoint.
async fn list(
    db: &Db,
    app_id: &str,
    message_id: Option<String>,
    endpoint_id: Option<String>,
    params: AttemptListParams,
) -> Result<Json<List<ListedAttempt>>, Problem> {
    let filtered_endpoint_id = match &params.endpoint_id {
        Some(id) => Some(endpoint::find(db, app_id, id).await?.id),
        None => None,
    };
    let page = PageParams {
        limit: params.limit,
        cursor: params.iterator,
        order: params.order,
    };
    let position = Position::find(db, Items::Attempts, page).await?;
    let rows = query_as!(
        AttemptRow,
        "select a.attempt_id as id, a.message_id, a.endpoint_id, a.url, a.status, a.response_status, a.response, \
         a.duration_ms, a.created_at from attempts a join messages m on m.id = a.message_id where true \
         {and a.message_id = :message_id} {and a.endpoint_id = :endpoint_id} {and a.endpoint_id = :filtered_endpoint_id} \
         {and a.created_at < :before} {and a.created_at > :after} \
         {and exists (select 1 from json_each(coalesce(m.channels, '[]')) c where c.value = :channel)} \
         {and exists (select 1 from json_each(coalesce(m.tags, '[]')) t where t.value = :tag)} \
         {and m.event_type in (select value from json_each(:event_types))} \
         {and a.status = :status} {and a.response_status / 100 * 100 = :class} and {page :cursor by a.rowid}",
        before = params.before.map(|time| time.0),
        after = params.after.map(|time| time.0),
        channel = params.channel,
        tag = params.tag,
        event_types = params.event_types.map(|types| types.0),
        status = params.status,
        class = params.status_code_class.map(|class| class.0),
        cursor = position.cursor,
    )
    .fetch_all(db)
    .await?;
    let attempts = rows
        .into_iter()
        .map(|row| row.into_listed(params.with_content))
        .collect();
    position
        .list(attempts, |attempt: &ListedAttempt| &attempt.id)
        .map(Json)
}

/// List the attempts to deliver a message, newest first.
#[get("/api/v1/app/{app_id}/attempt/msg/{msg_id}", tag = "Message Attempt")]
pub(crate) async fn list_attempts_by_message(
    message: MessageRow,
    db: Db,
    Valid(Query(params)): Valid<Query<AttemptListParams>>,
) -> Result<Json<List<ListedAttempt>>, Problem> {
    list(&db, &message.app_id, Some(message.id), None, params).await
}

/// List the attempts to deliver messages to an endpoint, newest first.
#[get(
    "/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}",
    tag = "Message Attempt"
)]
pub(crate) async fn list_attempts_by_endpoint(
    endpoint: Endpoint,
    db: Db,
    Valid(Query(params)): Valid<Query<AttemptListParams>>,
) -> Result<Json<List<ListedAttempt>>, Problem> {
    list(&db, &endpoint.app_id, None, Some(endpoint.id), params).await
}
