//! Messages: events, fanned out to the endpoints that want them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{
    Accepted, AssertSqlSafe, Clock, Db, DbError, FieldError, Json, Path, Problem, Random, Tasks,
    Timestamp, Valid, get, post, query,
};

use crate::application::{self, NewApplication};
use crate::auth::ApiKey;
use crate::deliver::Deliver;
use crate::id;
use crate::idempotency::IdempotencyKey;
use crate::rules::{Identifier, Object, Unsupported, Words};
use whippet::response::{Order, Page, PageParams};

/// What makes a message.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({"eventType": "user.created", "payload": {"name": "Ada"}}))]
pub(crate) struct NewMessage {
    /// What happened, such as `user.created`.
    #[validate(nested)]
    event_type: Identifier,
    /// A name of your own, unique in the application, that stands for the id in every path.
    #[validate(nested)]
    event_id: Option<Identifier>,
    /// What is delivered, byte by byte: a JSON object.
    #[validate(nested)]
    payload: Object,
    /// Only endpoints that listen to one of these channels, or to all.
    #[validate(nested)]
    channels: Option<Words<5>>,
    /// Words to find it by.
    #[validate(nested)]
    tags: Option<Words<8>>,
    /// Scheduled messages are not supported: to deliver at once what was meant for later would be worse.
    #[validate(nested)]
    deliver_at: Option<Unsupported>,
    /// Makes the application where it does not exist.
    #[validate(nested)]
    application: Option<NewApplication>,
}

/// A row of `messages`.
#[derive(Debug, Deserialize)]
struct MessageRow {
    id: String,
    event_id: Option<String>,
    event_type: String,
    channels: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    payload: String,
    created_at: Timestamp,
}

/// The columns of a [`MessageRow`].
const COLUMNS: &str = "id, event_id, event_type, channels, tags, payload, created_at";

/// A message as the API shows it.
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
    payload: Object,
    timestamp: Timestamp,
}

impl MessageRow {
    fn show(self, params: &ContentParams) -> Result<Message, Problem> {
        let payload = if params.with_content {
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
            payload: Object(RawValue::from_string(payload)?),
            timestamp: self.created_at,
        })
    }
}

/// Whether payloads are shown; an empty object stands for them otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ContentParams {
    /// Whether to show payloads; an empty object stands for them otherwise.
    #[serde(default = "yes")]
    pub(crate) with_content: bool,
}

pub(crate) fn yes() -> bool {
    true
}

/// Filters of a list of messages.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ListParams {
    /// Only what was created before.
    before: Option<Timestamp>,
    /// Only what was created after.
    after: Option<Timestamp>,
    /// Only messages of this channel.
    channel: Option<String>,
    /// Only messages with this tag.
    tag: Option<String>,
    /// Only messages of these event types, separated by commas.
    event_types: Option<String>,
}

async fn find(db: &Db, app_id: &str, id: &str) -> Result<Option<MessageRow>, DbError> {
    let sql = format!(
        "select {COLUMNS} from messages where app_id = ?1 and (id = ?2 or event_id = ?2) order by id = ?2 desc limit 1"
    );
    query(AssertSqlSafe(sql))
        .bind(app_id)
        .bind(id)
        .fetch_optional(db)
        .await
}

/// The id of the message with this id or event id, or a 404 problem.
pub(crate) async fn get_id(db: &Db, app_id: &str, id: &str) -> Result<String, Problem> {
    get(db, app_id, id).await.map(|row| row.id)
}

async fn get(db: &Db, app_id: &str, id: &str) -> Result<MessageRow, Problem> {
    let app = application::get(db, app_id).await?;
    let found = find(db, &app.id, id).await?;
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no message {id:?} in the application {app_id:?}"
        ))
    })
}

/// Which application a message goes to, and the query that makes it where that was asked for.
async fn target(
    db: &Db,
    app_id: &str,
    new: Option<NewApplication>,
    clock: &Clock,
    random: &Random,
) -> Result<(String, Option<whippet::Query>), Problem> {
    if let Some(app) = application::find(db, app_id).await? {
        return Ok((app.id, None));
    }
    let Some(new) = new else {
        return Err(Problem::not_found(format!(
            "there is no application {app_id:?}"
        )));
    };
    if new.uid.as_ref().is_none_or(|uid| uid.0 != app_id) {
        let message = format!("must be {app_id:?}, as in the path, for the application to be made");
        return Err(Problem::invalid(vec![FieldError::new(
            "/application/uid",
            "mismatch",
            message,
        )]));
    }
    let (app, insert) = application::insert(new, clock, random)?;
    Ok((app.id, Some(insert)))
}

/// Create a message and deliver it to every endpoint that wants it.
///
/// The answer does not wait for a delivery.
#[post(
    "/api/v1/app/{app_id}/msg",
    tag = "Message",
    errors(NOT_FOUND, CONFLICT)
)]
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of a handler are its dependencies"
)]
pub(crate) async fn create_message(
    _key: ApiKey,
    db: Db,
    tasks: Tasks,
    clock: Clock,
    random: Random,
    idempotency: IdempotencyKey,
    Path(app_id): Path<String>,
    Query(params): Query<ContentParams>,
    Valid(Json(new)): Valid<Json<NewMessage>>,
) -> Result<Accepted<Message>, Problem> {
    let (app_id, new_app) = target(&db, &app_id, new.application.clone(), &clock, &random).await?;
    let claim = idempotency.claim(format!("message:{app_id}"), &new)?;
    let row = MessageRow {
        id: id::new("msg", &clock, &random),
        event_id: new.event_id.map(|id| id.0),
        event_type: new.event_type.0,
        channels: new.channels.map(|names| names.0),
        tags: new.tags.map(|names| names.0),
        payload: Box::<str>::from(new.payload.0).into_string(),
        created_at: clock.now(),
    };
    let channels = row
        .channels
        .as_ref()
        .map(serde_json::to_string)
        .transpose()?;
    let sql =
        format!("insert into messages ({COLUMNS}, app_id) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    let insert = query(AssertSqlSafe(sql))
        .bind(&row.id)
        .bind(row.event_id.as_deref())
        .bind(&row.event_type)
        .bind(channels.as_deref())
        .bind(row.tags.as_ref().map(serde_json::to_string).transpose()?)
        .bind(&row.payload)
        .bind(row.created_at)
        .bind(&app_id);
    // One statement, whatever the number of endpoints.
    let fan_out = tasks.enqueue_each::<Deliver>(
        "select ?1 || '.' || e.id as id, json_object('message_id', ?1, 'endpoint_id', e.id) as args \
         from endpoints e where e.app_id = ?2 and not e.disabled \
         and (e.event_types is null or exists (select 1 from json_each(e.event_types) t where t.value = ?3)) \
         and (e.channels is null or exists \
           (select 1 from json_each(e.channels) c where c.value in (select value from json_each(coalesce(?4, '[]')))))",
        [row.id.as_str().into(), app_id.as_str().into(), row.event_type.as_str().into(), channels.into()],
    );
    let mut queries: Vec<_> = new_app.into_iter().collect();
    queries.extend(claim.queries(&row.id, row.created_at));
    queries.extend([insert, fan_out]);
    match db.batch(queries).await {
        Ok(_) => Ok(Accepted(row.show(&params)?)),
        Err(error) if error.is_unique("messages.event_id") => {
            let event_id = row.event_id.unwrap_or_default();
            Err(Problem::conflict(format!(
                "there is a message with the event id {event_id:?} in this application already"
            )))
        }
        Err(error) if error.is_unique("applications.uid") => Err(Problem::conflict(
            "the application was made by another request just now; send the message again",
        )),
        Err(DbError::ForeignKey) => Err(Problem::not_found("the application was deleted just now")),
        Err(error) => {
            let first = claim.first(&db, error).await?;
            Ok(Accepted(get(&db, &app_id, &first).await?.show(&params)?))
        }
    }
}

/// Get a message by id or event id.
#[get(
    "/api/v1/app/{app_id}/msg/{msg_id}",
    tag = "Message",
    errors(NOT_FOUND)
)]
pub(crate) async fn get_message(
    _key: ApiKey,
    db: Db,
    Path((app_id, msg_id)): Path<(String, String)>,
    Query(params): Query<ContentParams>,
) -> Result<Json<Message>, Problem> {
    get(&db, &app_id, &msg_id).await?.show(&params).map(Json)
}

/// List the messages of an application, the newest first.
#[get("/api/v1/app/{app_id}/msg", tag = "Message", errors(NOT_FOUND))]
pub(crate) async fn list_messages(
    _key: ApiKey,
    db: Db,
    Path(app_id): Path<String>,
    Valid(Query(page)): Valid<Query<PageParams>>,
    Query(filter): Query<ListParams>,
    Query(content): Query<ContentParams>,
) -> Result<Page<Message>, Problem> {
    let app = application::get(&db, &app_id).await?;
    let cursor = page.cursor("msg", &["id"], Order::Descending)?;
    let sql = format!(
        "select {COLUMNS} from messages where app_id = ?3 \
         and (?4 is null or created_at < ?4) and (?5 is null or created_at > ?5) \
         and (?6 is null or exists (select 1 from json_each(coalesce(channels, '[]')) c where c.value = ?6)) \
         and (?7 is null or exists (select 1 from json_each(coalesce(tags, '[]')) t where t.value = ?7)) \
         and (?8 is null or event_type in (select value from json_each(?8))) and {}",
        cursor.sql()
    );
    let rows: Vec<MessageRow> = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit())
        .bind(app.id)
        .bind(filter.before)
        .bind(filter.after)
        .bind(filter.channel)
        .bind(filter.tag)
        .bind(event_types(filter.event_types)?)
        .fetch_all(&db)
        .await?;
    let shown = rows
        .into_iter()
        .map(|row| row.show(&content))
        .collect::<Result<_, _>>()?;
    cursor.page(shown, |message: &Message| [message.id.as_str().into()])
}

/// A list separated by commas, as a JSON array.
pub(crate) fn event_types(list: Option<String>) -> Result<Option<String>, Problem> {
    let list = list.map(|list| serde_json::to_string(&list.split(',').collect::<Vec<_>>()));
    Ok(list.transpose()?)
}
