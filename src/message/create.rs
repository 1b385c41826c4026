//! Creating messages.

use whippet::{DbError, FieldError, Problem, Query, query, query_scalar};

use super::{MessageRow, NewMessage, find};
use crate::application::{self, NewApplication};
use crate::deliver::Deliver;
use crate::id::IdGenerator;
use crate::idempotency::{Claim, Collection, IdempotencyKey};
use crate::writer::Writer;

/// Creates a message, and enqueues its deliveries in the same batch. `application` is the id or uid of its application.
/// If the application does not exist, a second batch also creates it, provided that the body describes it.
pub(crate) async fn create(
    writer: &Writer,
    idempotency: IdempotencyKey,
    application: &str,
    mut new: NewMessage,
) -> Result<MessageRow, Problem> {
    let claim = idempotency.claim(Collection::Messages(application), &new)?;
    let (id, now) = writer.ids.create("msg");
    let row = MessageRow {
        id,
        app_id: String::new(),
        event_id: new.event_id.map(|id| id.0),
        event_type: new.event_type.0,
        channels: new.channels.map(|names| names.0),
        tags: new.tags.map(|names| names.0),
        payload: Box::<str>::from(new.payload.0).into_string(),
        created_at: now,
    };
    let mut insert_application = None;
    loop {
        let inserted = insert(writer, &claim, application, &row, insert_application).await;
        match inserted {
            Ok(Some(app_id)) => return Ok(MessageRow { app_id, ..row }),
            Ok(None) => {
                let new = new.application.take();
                insert_application = Some(new_application(application, new, &writer.ids)?);
            }
            Err(error) if error.is_unique("messages.event_id") => {
                let event_id = row.event_id.unwrap_or_default();
                return Err(Problem::conflict(format!(
                    "a message with the event id {event_id:?} already exists in this application"
                )));
            }
            Err(error) if error.is_unique("applications.uid") => {
                return Err(Problem::conflict(
                    "another request just created the application; retry",
                ));
            }
            Err(error) => {
                let id = claim.existing_resource(&writer.db, error).await?;
                return find(&writer.db, application, &id).await;
            }
        }
    }
}

/// Inserts a message, its idempotency key and its deliveries. Returns the id of the application. If the application does
/// not exist, inserts none of them, and returns `None`.
async fn insert(
    Writer { db, tasks, .. }: &Writer,
    claim: &Claim,
    application: &str,
    row: &MessageRow,
    insert_application: Option<Query>,
) -> Result<Option<String>, DbError> {
    let (insert, app_id) = query_scalar!(
        "insert into messages (id, app_id, event_id, event_type, channels, tags, payload, created_at) \
         select :id, id, :event_id, :event_type, :channels, :tags, :payload, :now \
         from application_names where name = :application limit 1 returning app_id",
        id = row.id,
        event_id = row.event_id,
        event_type = row.event_type,
        channels = row.channels,
        tags = row.tags,
        payload = row.payload,
        now = row.created_at,
    )
    .into_parts();
    // A single statement enqueues the deliveries to any number of endpoints.
    let deliveries = query!(
        "select m.id || '.' || e.id as id, json_object('message_id', m.id, 'endpoint_id', e.id) as args, \
         e.id as concurrency_key from messages m join endpoints e on e.app_id = m.app_id \
         where m.id = :id and not e.disabled \
         and (e.event_types is null or exists (select 1 from json_each(e.event_types) t where t.value = m.event_type)) \
         and (e.channels is null or exists (select 1 from json_each(e.channels) c \
           where c.value in (select value from json_each(coalesce(m.channels, '[]')))))",
        id = row.id,
    );
    let deliveries = tasks
        .enqueue_each::<Deliver>(deliveries)
        .with_concurrency_keys();
    let mut queries: Vec<_> = insert_application.into_iter().collect();
    queries.extend(claim.queries(tasks, &row.id, row.created_at));
    let number = queries.len();
    queries.extend([insert, deliveries.into()]);
    let mut results = db.batch(queries).await?;
    Ok(results.read(number, app_id)?.pop())
}

/// Returns the query that creates the application of a message. `uid` is the uid in the path.
fn new_application(
    uid: &str,
    new: Option<NewApplication>,
    ids: &IdGenerator,
) -> Result<Query, Problem> {
    let new = new.ok_or_else(|| application::not_found(uid))?;
    if new.uid.as_ref().is_none_or(|own| own.0 != uid) {
        let message = format!("must be {uid:?}, the uid in the path, to create the application");
        return Err(Problem::invalid(vec![FieldError::new(
            "/application/uid",
            "mismatch",
            message,
        )]));
    }
    application::insert(new, ids).map(|(_, insert)| insert)
}
