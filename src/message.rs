//! Messages: events that Relay delivers to every endpoint with matching filters.

mod create;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::response::{Order, PageLimit, PageParams};
use whippet::{
    Accepted, Db, Json, Path, Problem, Timestamp, Valid, dependency, get, post, query_as,
};

use crate::application::{self, Application, NewApplication, RequestedApplication};
use crate::idempotency::IdempotencyKey;
use crate::list::{self, EventTypeFilter, Items, List, Position, TimeFilter};
use crate::rules::{Identifier, JsonObject, Labels, NoParameters, Uid, Unsupported};
use crate::writer::Writer;
pub(crate) use create::create;

/// The body of a request that creates a message.
// Unknown fields are rejected, because an unknown field may decide what is delivered to whom.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = json!({"eventType": "user.created", "payload": {"name": "Ada"}}))]
pub(crate) struct NewMessage {
    /// The type of the event, such as `user.created`.
    #[validate(nested)]
    event_type: Identifier,
    /// Your own id for the message, unique within the application. Paths accept `eventId` in place of `id`.
    #[validate(nested)]
    event_id: Option<Uid>,
    /// The JSON object to deliver. Its bytes are not changed.
    #[validate(nested)]
    payload: JsonObject,
    /// The channels of the message. An endpoint with channels gets the message only if a channel matches.
    #[validate(nested)]
    channels: Option<Labels<5>>,
    /// Tags for filtering lists of messages and attempts.
    #[validate(nested)]
    tags: Option<Labels<8>>,
    /// Messages with a delivery time are rejected, because Relay delivers every message immediately.
    #[validate(nested)]
    deliver_at: Option<Unsupported>,
    /// Relay has no transformations and delivers only `payload`. Messages with parameters of transformations are
    /// rejected.
    #[validate(nested)]
    #[serde(skip_serializing)]
    transformations_params: Option<NoParameters>,
    /// The number of days to store the payload. Relay ignores this field: payloads do not expire.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    payload_retention_period: Option<u32>,
    /// The number of hours to store the payload. Relay ignores this field: payloads do not expire.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    payload_retention_hours: Option<u32>,
    /// The application to create if the application in the path does not exist.
    #[validate(nested)]
    application: Option<NewApplication>,
}

// This struct is also the type `Message` of the GraphQL schema.
/// A message: an event that Relay delivers to every endpoint with matching filters.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::SimpleObject),
    graphql(complex, name = "Message")
)]
pub(crate) struct MessageRow {
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) id: String,
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) app_id: String,
    pub(crate) event_id: Option<String>,
    pub(crate) event_type: String,
    pub(crate) channels: Option<Vec<String>>,
    pub(crate) tags: Option<Vec<String>>,
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) payload: String,
    #[cfg_attr(feature = "graphql", graphql(name = "timestamp"))]
    pub(crate) created_at: Timestamp,
}

/// A message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({
    "id": "msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "eventId": null, "eventType": "user.created", "channels": null, "tags": null,
    "payload": {"name": "Ada"}, "timestamp": "2026-01-31T12:00:00.000Z",
}))]
pub(crate) struct Message {
    id: String,
    event_id: Option<String>,
    event_type: String,
    channels: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    payload: JsonObject,
    timestamp: Timestamp,
}

impl MessageRow {
    fn into_message(self, with_content: bool) -> Result<Message, Problem> {
        let payload = if with_content {
            self.payload
        } else {
            "{}".to_owned()
        };
        Ok(Message {
            id: self.id,
            event_id: self.event_id,
            event_type: self.event_type,
            channels: self.channels,
            tags: self.tags,
            payload: JsonObject(RawValue::from_string(payload)?),
            timestamp: self.created_at,
        })
    }
}

/// The query parameters of a request that returns one message.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ContentParams {
    /// Whether to return the payload. If false, the payload is an empty object.
    #[serde(default = "list::default_true")]
    with_content: bool,
}

/// The query parameters of a list of messages.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct MessageListParams {
    /// The maximum number of items to return, 50 by default.
    limit: Option<PageLimit>,
    /// The page to return: the `iterator` or `prevIterator` of an earlier response, or the id of an item.
    iterator: Option<String>,
    /// The sort order by creation time, `descending` by default.
    order: Option<Order>,
    /// Return only messages created before this time.
    before: Option<TimeFilter>,
    /// Return only messages created after this time.
    after: Option<TimeFilter>,
    /// Return only messages with this channel.
    channel: Option<String>,
    /// Return only messages with this tag.
    tag: Option<String>,
    /// Return only messages of these event types, separated by commas.
    event_types: Option<EventTypeFilter>,
    /// Whether to return payloads. If false, every payload is an empty object.
    #[serde(default = "list::default_true")]
    with_content: bool,
}

/// The path parameter that names a message.
#[derive(Debug, Deserialize, JsonSchema)]
struct MessagePath {
    /// The `id` or `eventId` of the message.
    msg_id: String,
}

/// Returns the message whose id is in the path. If it does not exist, returns a 404 problem.
#[dependency(errors(NOT_FOUND))]
async fn message(
    RequestedApplication(application): RequestedApplication,
    Path(path): Path<MessagePath>,
    db: Db,
) -> Result<MessageRow, Problem> {
    find(&db, &application, &path.msg_id).await
}

/// Returns the message with this id or event id, or a 404 problem. `application` is the id or uid of its application.
pub(crate) async fn find(
    db: &Db,
    application: &str,
    id_or_event_id: &str,
) -> Result<MessageRow, Problem> {
    let found = query_as!(
        MessageRow,
        "select m.id, m.app_id, m.event_id, m.event_type, m.channels, m.tags, m.payload, m.created_at \
         from (select id from application_names where name = :application limit 1) a \
         join messages m on m.app_id = a.id where m.id = :id_or_event_id or m.event_id = :id_or_event_id \
         order by m.id = :id_or_event_id desc limit 1"
    )
    .fetch_optional(db)
    .await?;
    let Some(found) = found else {
        application::existing(db, application).await?;
        let message = format!("the application has no message {id_or_event_id:?}");
        return Err(Problem::not_found(message));
    };
    Ok(found)
}

/// Create a message, and deliver it to every matching endpoint.
///
/// The response does not wait for deliveries.
#[post(
    "/api/v1/app/{app_id}/msg",
    tag = "Message",
    errors(NOT_FOUND, CONFLICT)
)]
pub(crate) async fn create_message(
    RequestedApplication(application): RequestedApplication,
    writer: Writer,
    idempotency: IdempotencyKey,
    Query(params): Query<ContentParams>,
    Valid(Json(new)): Valid<Json<NewMessage>>,
) -> Result<Accepted<Message>, Problem> {
    let created = create(&writer, idempotency, &application, new).await?;
    created.into_message(params.with_content).map(Accepted)
}

/// Get a message.
#[get("/api/v1/app/{app_id}/msg/{msg_id}", tag = "Message")]
pub(crate) async fn get_message(
    message: MessageRow,
    Query(params): Query<ContentParams>,
) -> Result<Json<Message>, Problem> {
    message.into_message(params.with_content).map(Json)
}

/// List the messages of an application, newest first.
#[get("/api/v1/app/{app_id}/msg", tag = "Message")]
pub(crate) async fn list_messages(
    application: Application,
    db: Db,
    Valid(Query(params)): Valid<Query<MessageListParams>>,
) -> Result<Json<List<Message>>, Problem> {
    let page = PageParams {
        limit: params.limit,
        cursor: params.iterator,
        order: params.order,
    };
    let position = Position::find(&db, Items::Messages, page).await?;
    let rows = query_as!(
        MessageRow,
        "select id, app_id, event_id, event_type, channels, tags, payload, created_at from messages where app_id = :app_id \
         {and created_at < :before} {and created_at > :after} \
         {and exists (select 1 from json_each(coalesce(channels, '[]')) c where c.value = :channel)} \
         {and exists (select 1 from json_each(coalesce(tags, '[]')) t where t.value = :tag)} \
         {and event_type in (select value from json_each(:event_types))} and {page :cursor by rowid}",
        app_id = application.id,
        before = params.before.map(|time| time.0),
        after = params.after.map(|time| time.0),
        channel = params.channel,
        tag = params.tag,
        event_types = params.event_types.map(|types| types.0),
        cursor = position.cursor,
    )
    .fetch_all(&db)
    .await?;
    let messages = rows
        .into_iter()
        .map(|row| row.into_message(params.with_content))
        .collect::<Result<_, _>>()?;
    position
        .list(messages, |message: &Message| &message.id)
        .map(Json)
}
