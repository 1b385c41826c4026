//! Attempts: what happened to the deliveries.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::NOT_FOUND;
use whippet::{AssertSqlSafe, Db, Path, Problem, Timestamp, Valid, get, query};

use crate::auth::ApiKey;
use crate::message::{event_types, yes};
use crate::rules::StatusClass;
use crate::{endpoint, message};
use whippet::response::{Cursor, Order, Page, PageParams};

/// The Svix API's number for a delivery that succeeded.
pub(crate) const SUCCESS: u8 = 0;
/// The Svix API's number for an attempt that failed.
pub(crate) const FAIL: u8 = 2;

/// A row of `attempts`.
#[derive(Debug, Deserialize)]
struct AttemptRow {
    id: String,
    message_id: String,
    endpoint_id: String,
    url: String,
    status: u8,
    response_status: u16,
    response: String,
    duration_ms: u64,
    created_at: Timestamp,
}

/// An attempt as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    id: String,
    msg_id: String,
    endpoint_id: String,
    url: String,
    status: u8,
    status_text: &'static str,
    /// 0 when there was no response.
    response_status_code: u16,
    /// The response's body, or why there was none.
    response: String,
    response_duration_ms: u64,
    /// Always 0: by the schedule.
    trigger_type: u8,
    timestamp: Timestamp,
}

impl AttemptRow {
    fn show(self, with_content: bool) -> Attempt {
        Attempt {
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

/// Filters of a list of attempts.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ListParams {
    /// Only what was created before.
    before: Option<Timestamp>,
    /// Only what was created after.
    after: Option<Timestamp>,
    /// Only attempts at messages of this channel.
    channel: Option<String>,
    /// Only attempts at messages with this tag.
    tag: Option<String>,
    /// Only attempts at messages of these event types, separated by commas.
    event_types: Option<String>,
    /// 0 success, 1 pending, 2 fail, 3 sending; only 0 and 2 occur.
    #[validate(range(max = 4))]
    status: Option<u8>,
    /// 0 for no response, else 100 to 500.
    #[validate(nested)]
    status_code_class: Option<StatusClass>,
    /// Of a message's attempts, those at one endpoint.
    endpoint_id: Option<String>,
    /// Whether to show responses; an empty text stands for them otherwise.
    #[serde(default = "yes")]
    with_content: bool,
}

/// Which attempts to list: all of `column = value`.
async fn list(
    db: &Db,
    (column, value): (&'static str, String),
    endpoint_id: Option<String>,
    cursor: Cursor,
    filter: ListParams,
) -> Result<Page<Attempt>, Problem> {
    let sql = format!(
        "select a.id, a.message_id, a.endpoint_id, a.url, a.status, a.response_status, a.response, a.duration_ms, \
         a.created_at from attempts a join messages m on m.id = a.message_id where a.{column} = ?3 \
         and (?4 is null or a.created_at < ?4) and (?5 is null or a.created_at > ?5) \
         and (?6 is null or exists (select 1 from json_each(coalesce(m.channels, '[]')) c where c.value = ?6)) \
         and (?7 is null or exists (select 1 from json_each(coalesce(m.tags, '[]')) t where t.value = ?7)) \
         and (?8 is null or m.event_type in (select value from json_each(?8))) \
         and (?9 is null or a.status = ?9) and (?10 is null or a.response_status / 100 * 100 = ?10) \
         and (?11 is null or a.endpoint_id = ?11) and {}",
        cursor.sql()
    );
    let rows: Vec<AttemptRow> = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit())
        .bind(value)
        .bind(filter.before)
        .bind(filter.after)
        .bind(filter.channel)
        .bind(filter.tag)
        .bind(event_types(filter.event_types)?)
        .bind(filter.status)
        .bind(filter.status_code_class.map(|class| class.0))
        .bind(endpoint_id)
        .fetch_all(db)
        .await?;
    let shown = rows
        .into_iter()
        .map(|row| row.show(filter.with_content))
        .collect();
    cursor.page(shown, |attempt: &Attempt| [attempt.id.as_str().into()])
}

/// List the attempts at delivering a message, the newest first.
#[get(
    "/api/v1/app/{app_id}/attempt/msg/{msg_id}",
    tag = "Message Attempt",
    errors(NOT_FOUND)
)]
pub(crate) async fn list_attempts_by_message(
    _key: ApiKey,
    db: Db,
    Path((app_id, msg_id)): Path<(String, String)>,
    Valid(Query(page)): Valid<Query<PageParams>>,
    Valid(Query(mut filter)): Valid<Query<ListParams>>,
) -> Result<Page<Attempt>, Problem> {
    let cursor = page.cursor("atmpt", &["a.id"], Order::Descending)?;
    let message_id = message::get_id(&db, &app_id, &msg_id).await?;
    let endpoint_id = match filter.endpoint_id.take() {
        Some(id) => Some(endpoint::get(&db, &app_id, &id).await?.id),
        None => None,
    };
    list(&db, ("message_id", message_id), endpoint_id, cursor, filter).await
}

/// List the attempts at delivering to an endpoint, the newest first.
#[get(
    "/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}",
    tag = "Message Attempt",
    errors(NOT_FOUND)
)]
pub(crate) async fn list_attempts_by_endpoint(
    _key: ApiKey,
    db: Db,
    Path((app_id, endpoint_id)): Path<(String, String)>,
    Valid(Query(page)): Valid<Query<PageParams>>,
    Valid(Query(filter)): Valid<Query<ListParams>>,
) -> Result<Page<Attempt>, Problem> {
    let cursor = page.cursor("atmpt", &["a.id"], Order::Descending)?;
    let endpoint_id = endpoint::get(&db, &app_id, &endpoint_id).await?.id;
    list(&db, ("endpoint_id", endpoint_id), None, cursor, filter).await
}
