//! Endpoints: where an application's events are delivered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{
    AssertSqlSafe, Clock, Config, Created, Db, DbError, FieldError, Json, NoContent, Path, Problem,
    Random, Timestamp, Valid, delete, get, post, query,
};

use crate::auth::ApiKey;
use crate::deliver::ALLOW_PRIVATE_TARGETS;
use crate::idempotency::{self, IdempotencyKey};
use crate::rules::{EventTypes, Headers, Identifier, SecretText, Target, Words};
use crate::signing::{self, Secret};
use crate::{application, id};
use whippet::response::{Order, Page, PageParams};

/// What makes an endpoint.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({"url": "https://example.com/hooks", "eventTypes": ["user.created"]}))]
pub(crate) struct NewEndpoint {
    /// Where messages are posted to.
    #[validate(nested)]
    url: Target,
    /// A name of your own, unique in the application, that stands for the id in every path.
    #[validate(nested)]
    uid: Option<Identifier>,
    /// What it is for.
    description: Option<String>,
    /// Only messages of these event types.
    #[validate(nested)]
    event_types: Option<EventTypes>,
    /// Only messages sent to one of these channels.
    #[validate(nested)]
    channels: Option<Words<10>>,
    /// Nothing is delivered while it is.
    disabled: Option<bool>,
    /// The signing secret; generated when absent.
    #[validate(nested)]
    secret: Option<SecretText>,
    /// The most messages a second.
    #[validate(range(min = 1))]
    throttle_rate: Option<u16>,
    /// Whatever you want to keep with it.
    metadata: Option<BTreeMap<String, String>>,
    /// Headers sent with each delivery.
    #[validate(nested)]
    headers: Option<Headers>,
}

/// An endpoint: a row but for its secret and headers, and what the API shows of it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all(serialize = "camelCase"))]
#[schemars(example = json!({
    "id": "ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "uid": null, "url": "https://example.com/hooks", "description": "",
    "eventTypes": ["user.created"], "channels": null, "disabled": false, "throttleRate": null, "metadata": {},
    "createdAt": "2026-01-31T12:00:00.000Z", "updatedAt": "2026-01-31T12:00:00.000Z",
}))]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    uid: Option<String>,
    url: String,
    description: String,
    event_types: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    disabled: bool,
    throttle_rate: Option<u16>,
    metadata: BTreeMap<String, String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The columns of an [`Endpoint`].
const COLUMNS: &str = "id, uid, url, description, event_types, channels, disabled, throttle_rate, metadata, created_at, updated_at";

/// A signing secret as the API shows it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct EndpointSecret {
    /// `whsec_` and base64.
    key: String,
}

async fn find(db: &Db, app_id: &str, id: &str) -> Result<Option<Endpoint>, DbError> {
    let sql = format!(
        "select {COLUMNS} from endpoints where app_id = ?1 and (id = ?2 or uid = ?2) order by id = ?2 desc limit 1"
    );
    query(AssertSqlSafe(sql))
        .bind(app_id)
        .bind(id)
        .fetch_optional(db)
        .await
}

/// The endpoint with this id or uid, or a 404 problem.
pub(crate) async fn get(db: &Db, app_id: &str, id: &str) -> Result<Endpoint, Problem> {
    let app = application::get(db, app_id).await?;
    let found = find(db, &app.id, id).await?;
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no endpoint {id:?} in the application {app_id:?}"
        ))
    })
}

/// A target on this machine or its network is refused, unless the configuration allows it.
fn check_target(url: &str, config: &Config) -> Result<(), Problem> {
    if config.flag(ALLOW_PRIVATE_TARGETS)? {
        return Ok(());
    }
    let Ok(parsed) = url::Url::parse(url) else {
        return Ok(());
    };
    whippet::check_public(&parsed).map_err(|private| {
        let message =
            format!("{private}; the variable {ALLOW_PRIVATE_TARGETS} allows them, for development");
        Problem::invalid(vec![FieldError::new("/url", "private_target", message)])
    })
}

/// Create an endpoint.
#[post(
    "/api/v1/app/{app_id}/endpoint",
    tag = "Endpoint",
    errors(NOT_FOUND, CONFLICT)
)]
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of a handler are its dependencies"
)]
pub(crate) async fn create_endpoint(
    _key: ApiKey,
    db: Db,
    clock: Clock,
    random: Random,
    config: Config,
    idempotency: IdempotencyKey,
    Path(app_id): Path<String>,
    Valid(Json(new)): Valid<Json<NewEndpoint>>,
) -> Result<Created<Endpoint>, Problem> {
    check_target(&new.url.0, &config)?;
    let app = application::get(&db, &app_id).await?;
    let claim = idempotency.claim(format!("endpoint:{}", app.id), &new)?;
    let secret = match &new.secret {
        // Checked by the rule of the field.
        Some(text) => text
            .0
            .parse::<Secret>()
            .map_err(|error| Problem::bad_request(error.to_string()))?,
        None => Secret::from_bytes(&random.bytes::<{ signing::GENERATED_BYTES }>()),
    };
    let row = Endpoint {
        id: id::new("ep", &clock, &random),
        uid: new.uid.map(|uid| uid.0),
        url: new.url.0,
        description: new.description.unwrap_or_default(),
        event_types: new.event_types.map(|names| names.0),
        channels: new.channels.map(|names| names.0),
        disabled: new.disabled.unwrap_or_default(),
        throttle_rate: new.throttle_rate,
        metadata: new.metadata.unwrap_or_default(),
        created_at: clock.now(),
        updated_at: clock.now(),
    };
    let headers = new.headers.map_or_else(BTreeMap::new, |headers| headers.0);
    let sql = format!(
        "insert into endpoints ({COLUMNS}, app_id, secret, headers) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    let insert = query(AssertSqlSafe(sql))
        .bind(&row.id)
        .bind(row.uid.as_deref())
        .bind(&row.url)
        .bind(&row.description)
        .bind(
            row.event_types
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
        )
        .bind(
            row.channels
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
        )
        .bind(row.disabled)
        .bind(row.throttle_rate)
        .bind(serde_json::to_string(&row.metadata)?)
        .bind(row.created_at)
        .bind(row.updated_at)
        .bind(&app.id)
        .bind(secret.to_text())
        .bind(serde_json::to_string(&headers)?);
    let mut queries = claim.queries(&row.id, clock.now());
    queries.push(insert);
    match db.batch(queries).await {
        Ok(_) => Ok(Created::new(row)),
        Err(error) if error.is_unique("endpoints.uid") => {
            let uid = row.uid.unwrap_or_default();
            Err(Problem::conflict(format!(
                "there is an endpoint with the uid {uid:?} in this application already"
            )))
        }
        Err(DbError::ForeignKey) => Err(Problem::not_found(format!(
            "there is no application {app_id:?}"
        ))),
        Err(error) => {
            let first = claim.first(&db, error).await?;
            Ok(Created::new(get(&db, &app.id, &first).await?))
        }
    }
}

/// Get an endpoint by id or uid.
#[get(
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
    tag = "Endpoint",
    errors(NOT_FOUND)
)]
pub(crate) async fn get_endpoint(
    _key: ApiKey,
    db: Db,
    Path((app_id, endpoint_id)): Path<(String, String)>,
) -> Result<Json<Endpoint>, Problem> {
    get(&db, &app_id, &endpoint_id).await.map(Json)
}

/// Get the signing secret of an endpoint.
#[get(
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret",
    tag = "Endpoint",
    errors(NOT_FOUND)
)]
pub(crate) async fn get_endpoint_secret(
    _key: ApiKey,
    db: Db,
    Path((app_id, endpoint_id)): Path<(String, String)>,
) -> Result<Json<EndpointSecret>, Problem> {
    let id = get(&db, &app_id, &endpoint_id).await?.id;
    let key = query("select secret from endpoints where id = ?1")
        .bind(id)
        .fetch_one(&db)
        .await?;
    Ok(Json(EndpointSecret { key }))
}

/// List the endpoints of an application, the oldest first.
#[get("/api/v1/app/{app_id}/endpoint", tag = "Endpoint", errors(NOT_FOUND))]
pub(crate) async fn list_endpoints(
    _key: ApiKey,
    db: Db,
    Path(app_id): Path<String>,
    Valid(Query(page)): Valid<Query<PageParams>>,
) -> Result<Page<Endpoint>, Problem> {
    let app = application::get(&db, &app_id).await?;
    let cursor = page.cursor("ep", &["id"], Order::Ascending)?;
    let sql = format!(
        "select {COLUMNS} from endpoints where app_id = ?3 and {}",
        cursor.sql()
    );
    let list = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit())
        .bind(app.id);
    let rows = list.fetch_all(&db).await?;
    cursor.page(rows, |row: &Endpoint| [row.id.as_str().into()])
}

/// Delete an endpoint.
///
/// What is still to be delivered to it is not.
#[delete(
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
    tag = "Endpoint",
    errors(NOT_FOUND)
)]
pub(crate) async fn delete_endpoint(
    _key: ApiKey,
    db: Db,
    Path((app_id, endpoint_id)): Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let id = get(&db, &app_id, &endpoint_id).await?.id;
    let delete = query("delete from endpoints where id = ?1").bind(&id);
    db.batch([idempotency::forget(&id), delete]).await?;
    Ok(NoContent)
}
