//! Messages: events that Relay delivers to every endpoint with matching filters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::response::{Order, PageLimit, PageParams};
use whippet::{
    Accepted, Db, DbError, FieldError, Json, Path, Problem, Timestamp, Valid, dependency, get,
    post, query, query_as,
};

use crate::application::{self, Application, NewApplication, RequestedApplication};
use crate::deliver::Deliver;
use crate::id::IdGenerator;
use crate::idempotency::IdempotencyKey;
use crate::list::{self, EventTypeFilter, Items, List, Position, TimeFilter};
use crate::rules::{Identifier, JsonObject, Labels, NoParameters, Uid, Unsupported};
use crate::writer::Writer;

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
    application: Application,
    Path(path): Path<MessagePath>,
    db: Db,
) -> Result<MessageRow, Problem> {
    find(&db, &application.id, &path.msg_id).await
}

/// Returns the message with this id or event id, or a 404 problem.
pub(crate) async fn find(
    db: &Db,
    app_id: &str,
    id_or_event_id: &str,
) -> Result<MessageRow, Problem> {
    let found = query_as!(
        MessageRow,
        "select id, app_id, event_id, event_type, channels, tags, payload, created_at from messages \
         where app_id = :app_id and (id = :id_or_event_id or event_id = :id_or_event_id) \
         order by id = :id_or_event_id desc limit 1"
    )
    .fetch_optional(db)
    .await?;
    found.ok_or_else(|| {
        Problem::not_found(format!("the application has no message {id_or_event_id:?}"))
    })
}

/// Returns the id of the application to which a new message belongs. If this application does not exist, also returns
/// the query that creates it.
fn find_or_create(
    requested: RequestedApplication,
    new: Option<NewApplication>,
    ids: &IdGenerator,
) -> Result<(String, Option<whippet::Query>), Problem> {
    let id_or_uid = requested.id_or_uid;
    if let Some(application) = requested.existing {
        return Ok((application.id, None));
    }
    let Some(new) = new else {
        return Err(application::not_found(&id_or_uid));
    };
    if new.uid.as_ref().is_none_or(|uid| uid.0 != id_or_uid) {
        let message =
            format!("must be {id_or_uid:?}, the uid in the path, to create the application");
        return Err(Problem::invalid(vec![FieldError::new(
            "/application/uid",
            "mismatch",
            message,
        )]));
    }
    let (application, insert) = application::insert(new, ids)?;
    Ok((application.id, Some(insert)))
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
    requested: RequestedApplication,
    writer: Writer,
    idempotency: IdempotencyKey,
    Query(params): Query<ContentParams>,
    Valid(Json(new)): Valid<Json<NewMessage>>,
) -> Result<Accepted<Message>, Problem> {
    let created = create(&writer, idempotency, requested, new).await?;
    created.into_message(params.with_content).map(Accepted)
}

/// Creates a message, and enqueues its deliveries in the same batch.
pub(crate) async fn create(
    Writer { db, tasks, ids, .. }: &Writer,
    idempotency: IdempotencyKey,
    requested: RequestedApplication,
    new: NewMessage,
) -> Result<MessageRow, Problem> {
    let (app_id, insert_application) = find_or_create(requested, new.application.clone(), ids)?;
    let claim = idempotency.claim(format!("message:{app_id}"), &new)?;
    let (id, now) = ids.create("msg");
    let row = MessageRow {
        id,
        app_id,
        event_id: new.event_id.map(|id| id.0),
        event_type: new.event_type.0,
        channels: new.channels.map(|names| names.0),
        tags: new.tags.map(|names| names.0),
        payload: Box::<str>::from(new.payload.0).into_string(),
        created_at: now,
    };
    let insert = query!(
        "insert into messages (id, app_id, event_id, event_type, channels, tags, payload, created_at) \
         values (:id, :app_id, :event_id, :event_type, :channels, :tags, :payload, :now)",
        id = row.id,
        app_id = row.app_id,
        event_id = row.event_id,
        event_type = row.event_type,
        channels = row.channels,
        tags = row.tags,
        payload = row.payload,
    );
    // A single statement enqueues the deliveries to any number of endpoints.
    let deliveries = query!(
        "select :id || '.' || e.id as id, json_object('message_id', :id, 'endpoint_id', e.id) as args, \
         e.id as concurrency_key from endpoints e where e.app_id = :app_id and not e.disabled \
         and (e.event_types is null or exists (select 1 from json_each(e.event_types) t where t.value = :event_type)) \
         and (e.channels is null or exists (select 1 from json_each(e.channels) c \
           where c.value in (select value from json_each(coalesce(:channels, '[]')))))",
        id = row.id,
        app_id = row.app_id,
        event_type = row.event_type,
        channels = row.channels,
    );
    let fan_out = tasks
        .enqueue_each::<Deliver>(deliveries)
        .with_concurrency_keys();
    let mut queries: Vec<_> = insert_application.into_iter().collect();
    queries.extend(claim.queries(&row.id, row.created_at));
    queries.extend([insert, fan_out.into()]);
    match db.batch(queries).await {
        Ok(_) => Ok(row),
        Err(error) if error.is_unique("messages.event_id") => {
            let event_id = row.event_id.unwrap_or_default();
            Err(Problem::conflict(format!(
                "a message with the event id {event_id:?} already exists in this application"
            )))
        }
        Err(error) if error.is_unique("applications.uid") => Err(Problem::conflict(
            "another request just created the application; retry",
        )),
        Err(DbError::ForeignKey) => Err(Problem::not_found("the application was just deleted")),
        Err(error) => {
            let id = claim.existing_resource(db, error).await?;
            find(db, &row.app_id, &id).await
        }
    }
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
