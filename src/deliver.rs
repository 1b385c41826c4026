//! The delivery of one message to one endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::axum::http::{HeaderName, HeaderValue, StatusCode, header};
use whippet::openapi::{OperationBuilder, ParameterLocation};
use whippet::tasks::{Attempt, Done};
use whippet::{
    Clock, Db, Fetch, FetchError, FetchResponse, Query, State, Task, TaskError, Timestamp, query,
    query_as,
};

use crate::endpoint::health;
use crate::rules;
use crate::settings::RelaySettings;
use crate::signing::{self, Secret};
use crate::throttle::{Rates, Slots, next_slots};

/// The Svix API's number for an attempt that succeeded.
pub(crate) const SUCCESS: u8 = 0;
/// The Svix API's number for an attempt that failed.
pub(crate) const FAIL: u8 = 2;

/// How long an endpoint may take to respond. Standard Webhooks recommends 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How many bytes of a response body are read and stored.
const RESPONSE_LIMIT: usize = 16 * 1024;

/// The longest delay that an endpoint can request with `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The shortest delay after a 429, 502 or 504 response, and after a timeout.
const OVERLOADED_DELAY: Duration = Duration::from_secs(60);

const USER_AGENT: &str = concat!("Relay/", env!("CARGO_PKG_VERSION"));

/// The task that delivers one message to one endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deliver {
    message_id: String,
    endpoint_id: String,
    /// The slots for the next attempt. The delivery needs slots if a throttle rate applies.
    #[serde(default, skip_serializing_if = "Slots::is_none")]
    slots: Slots,
}

impl Task for Deliver {
    const NAME: &'static str = "deliver";
}

/// The data that a delivery needs from the message and the endpoint.
struct Delivery {
    payload: String,
    url: String,
    secret: String,
    headers: BTreeMap<String, String>,
    app_id: String,
    endpoint_rate: Option<u16>,
    application_rate: Option<u16>,
    failing_since: Timestamp,
    failed_at: Timestamp,
    failures: u32,
}

/// Signs the message and posts it. Only a 2xx response is a success. A 410 response disables the endpoint. Any other
/// failure disables the endpoint only if all attempts have failed for 5 days. The record of the attempt is written in
/// the transaction that ends the task or schedules the retry. A delivery over a throttle rate waits, and is posted
/// later.
pub(crate) async fn deliver(
    task: Deliver,
    attempt: Attempt,
    db: Db,
    fetch: Fetch,
    clock: Clock,
    settings: State<RelaySettings>,
) -> Result<Done, TaskError> {
    let delivery = query_as!(
        Delivery,
        "select m.payload, e.url, e.secret, e.headers, e.app_id, e.throttle_rate as endpoint_rate, \
         a.throttle_rate as application_rate, e.failing_since, e.failed_at, e.failures \
         from messages m join endpoints e on e.app_id = m.app_id join applications a on a.id = m.app_id \
         and a.deleted_at is null where m.id = :message and e.id = :endpoint and not e.disabled",
        message = task.message_id,
        endpoint = task.endpoint_id,
    );
    let Some(delivery) = delivery.fetch_optional(&db).await? else {
        // After the task was enqueued, the message or the endpoint was deleted, or the endpoint was disabled.
        return Ok(Done::default());
    };
    let rates = Rates {
        endpoint: delivery.endpoint_rate,
        application: delivery.application_rate,
    };
    let ids_of_slots = (task.endpoint_id.as_str(), delivery.app_id.as_str());
    let (slots, wait) = next_slots(&db, &clock, task.slots, rates, ids_of_slots).await?;
    if !wait.is_zero() {
        return Err(TaskError::snooze(wait).with([Deliver::with_slots(slots, &attempt)]));
    }
    let allow_private = settings.allow_private_targets;
    let started = clock.now();
    let outcome = post(&fetch, &task.message_id, &delivery, started, allow_private).await?;
    let ended = clock.now();
    let record = AttemptRecord {
        url: delivery.url,
        started,
        duration: ended.since(started),
    };
    let record = record.insert(&task, &outcome);
    let is_success = |response: &FetchResponse| response.status.is_success();
    if outcome.as_ref().is_ok_and(is_success) {
        let is_failing = delivery.failing_since.as_millis() != 0;
        let recovered = is_failing.then(|| health::succeeded(&task.endpoint_id));
        return Ok(Done::with([record].into_iter().chain(recovered)));
    }
    let failures = (
        delivery.failing_since,
        delivery.failed_at,
        delivery.failures,
    );
    let (mut queries, disables) = health::failed(&task.endpoint_id, failures, ended);
    if disables {
        tracing::warn!(
            endpoint_id = task.endpoint_id,
            failing_since = %delivery.failing_since,
            "the endpoint is disabled, because all attempts have failed for 5 days"
        );
    }
    queries.push(record);
    if !task.slots.is_none() {
        // The next attempt needs new slots.
        queries.push(Deliver::with_slots(Slots::None, &attempt));
    }
    Err(failure(&task, outcome, ended, &mut queries).with(queries))
}

/// Returns the error of an attempt that failed. Adds the query that disables an endpoint after a 410.
fn failure(
    task: &Deliver,
    outcome: Result<FetchResponse, FetchError>,
    now: Timestamp,
    queries: &mut Vec<Query>,
) -> TaskError {
    let (error, asked, is_overloaded) = match outcome {
        Ok(response) if response.status == StatusCode::GONE => {
            queries.push(query!(
                "update endpoints set disabled = true, updated_at = :now where id = :id",
                id = task.endpoint_id,
            ));
            return TaskError::dead("the endpoint responded 410 Gone and is now disabled");
        }
        Ok(response) => (
            TaskError::retry(format!("the endpoint responded {}", response.status)),
            response.retry_after(now).unwrap_or_default(),
            matches!(response.status.as_u16(), 429 | 502 | 504),
        ),
        Err(error) => {
            let is_overloaded = matches!(error, FetchError::Timeout(_));
            (TaskError::from(error), Duration::ZERO, is_overloaded)
        }
    };
    let least = match is_overloaded {
        true => OVERLOADED_DELAY,
        false => Duration::ZERO,
    };
    error.not_before(asked.min(MAX_RETRY_AFTER).max(least))
}

impl Deliver {
    /// Returns the query that records which slots the delivery has.
    fn with_slots(slots: Slots, attempt: &Attempt) -> Query {
        query!(
            "update tasks set args = json_set(args, '$.slots', :slots) where id = :id",
            slots = slots.as_str(),
            id = attempt.task_id,
        )
    }
}

async fn post(
    fetch: &Fetch,
    message_id: &str,
    delivery: &Delivery,
    now: Timestamp,
    allow_private: bool,
) -> Result<Result<FetchResponse, FetchError>, TaskError> {
    let secret: Secret = delivery
        .secret
        .parse()
        .map_err(|error| TaskError::dead(format!("the endpoint's secret {error}")))?;
    let timestamp = now.as_seconds();
    let signature = signing::sign(&secret, message_id, timestamp, delivery.payload.as_bytes());
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|error| TaskError::dead(error.to_string()))
    };
    let mut request = fetch
        .post(&delivery.url)
        .timeout(TIMEOUT)
        .response_limit(RESPONSE_LIMIT)
        .allow_private(allow_private)
        .body(delivery.payload.clone());
    for (name, text) in &delivery.headers {
        let name: HeaderName = name
            .parse()
            .map_err(|_| TaskError::dead(format!("{name:?} is not a valid header name")))?;
        request = request.header(name, value(text)?);
    }
    let request = request
        .header(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )
        // Asks for a body without compression, because Relay does not decompress the bodies that it stores.
        .header(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )
        .header(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))
        .header(HeaderName::from_static("webhook-id"), value(message_id)?)
        .header(
            HeaderName::from_static("webhook-timestamp"),
            value(&timestamp.to_string())?,
        )
        .header(
            HeaderName::from_static("webhook-signature"),
            value(&signature)?,
        );
    Ok(request.send().await)
}

/// Describes the request that an endpoint receives, for the OpenAPI document.
pub(crate) fn describe(operation: &mut OperationBuilder<'_>) {
    for (name, text) in [
        (
            "webhook-id",
            "The id of the message, which is the same for every attempt and every endpoint.",
        ),
        (
            "webhook-timestamp",
            "The time of this attempt, in seconds since the Unix epoch.",
        ),
        (
            "webhook-signature",
            "`v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`.",
        ),
    ] {
        let schema = json!({"type": "string", "description": text});
        operation.parameter(ParameterLocation::Header, name, schema, true);
    }
    operation.body::<rules::JsonObject>("application/json");
    operation.status(StatusCode::NO_CONTENT);
}

/// An attempt that is not in the database yet.
struct AttemptRecord {
    url: String,
    started: Timestamp,
    duration: Duration,
}

impl AttemptRecord {
    /// Returns the query that inserts the attempt. If the message was deleted, the query inserts nothing.
    fn insert(self, task: &Deliver, outcome: &Result<FetchResponse, FetchError>) -> Query {
        let (status, response) = match outcome {
            Ok(response) => (response.status.as_u16(), stored_text(&response.body)),
            Err(error) => (0, error.to_string()),
        };
        let succeeded = outcome
            .as_ref()
            .is_ok_and(|response| response.status.is_success());
        query!(
            "insert into attempts (message_id, endpoint_id, url, status, response_status, response, duration_ms, \
             created_at) select m.id, :endpoint, :url, :outcome, :status, :response, :duration, :started \
             from messages m where m.id = :message",
            message = task.message_id,
            endpoint = task.endpoint_id,
            url = self.url,
            outcome = if succeeded { SUCCESS } else { FAIL },
            duration = i64::try_from(self.duration.as_millis()).unwrap_or(i64::MAX),
            started = self.started,
        )
    }
}

/// The start of the `data:` URL (RFC 2397) that stores a response body in base64.
const BASE64_PREFIX: &str = "data:application/octet-stream;base64,";

/// Converts a response body to text. A body becomes a `data:` URL if it is not UTF-8, contains a NUL, or starts with
/// [`BASE64_PREFIX`]. If the body's size limit has cut the last character, this character is dropped.
fn stored_text(body: &[u8]) -> String {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        // The last character of the body is incomplete.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&body[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    // Some SQLite functions treat text as a C string, which ends at the first NUL.
    match text.filter(|text| !text.contains('\0') && !text.starts_with(BASE64_PREFIX)) {
        Some(text) => text.to_owned(),
        None => format!("{BASE64_PREFIX}{}", STANDARD.encode(body)),
    }
}
