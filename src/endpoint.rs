//! Endpoints: the URLs to which an application's events are delivered.

mod bodies;
pub(crate) mod health;
pub(crate) mod update;
mod write;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::sql::TypedQuery;
use whippet::{
    Created, Db, DbError, Json, NoContent, Path, Problem, State, Timestamp, Valid, delete,
    dependency, get, post, query, query_as, query_scalar,
};

use crate::application::{self, Application, RequestedApplication};
use crate::idempotency::{Collection, IdempotencyKey};
use crate::list::{Items, List, ListParams, Position};
use crate::settings::RelaySettings;
use crate::writer::Writer;
pub(crate) use bodies::{EndpointPatch, NewEndpoint};
use write::{check_inserted, check_target, insert, write_error};

// This struct is also the row type of the table `endpoints`. The struct has no secret and no headers: only
// `get_endpoint_secret` returns the secret, and no operation returns the headers.
/// An endpoint.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::SimpleObject),
    graphql(complex)
)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({
    "id": "ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "uid": null, "url": "https://example.com/hooks", "description": "",
    "eventTypes": ["user.created"], "filterTypes": ["user.created"], "channels": null, "disabled": false,
    "throttleRate": null, "rateLimit": null, "version": 1, "metadata": {},
    "createdAt": "2026-01-31T12:00:00.000Z", "updatedAt": "2026-01-31T12:00:00.000Z",
}))]
pub(crate) struct Endpoint {
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) id: String,
    #[serde(skip)]
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) app_id: String,
    pub(crate) uid: Option<String>,
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) event_types: Option<Vec<String>>,
    /// Svix's 1.x SDKs use this name for `eventTypes`.
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) filter_types: Option<Vec<String>>,
    pub(crate) channels: Option<Vec<String>>,
    pub(crate) disabled: bool,
    pub(crate) throttle_rate: Option<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) rate_limit: Option<u16>,
    /// The version, which is always 1. Svix's 1.x SDKs require this field.
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) version: u8,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The signing secret of an endpoint.
#[derive(Serialize, JsonSchema)]
pub(crate) struct EndpointSecret {
    /// The signing secret as text: `whsec_` and base64.
    key: String,
}

/// The path parameter that names an endpoint.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct EndpointPath {
    /// The `id` or `uid` of the endpoint.
    endpoint_id: String,
}

/// Returns the endpoint whose id is in the path. If it does not exist, returns a 404 problem.
#[dependency(errors(NOT_FOUND))]
async fn endpoint(
    RequestedApplication(application): RequestedApplication,
    Path(path): Path<EndpointPath>,
    db: Db,
) -> Result<Endpoint, Problem> {
    find(&db, &application, &path.endpoint_id).await
}

/// Returns the endpoint with this id or uid, or a 404 problem. `application` is the id or uid of its application.
pub(crate) async fn find(db: &Db, application: &str, id_or_uid: &str) -> Result<Endpoint, Problem> {
    let found = find_query(application, id_or_uid)
        .fetch_optional(db)
        .await?;
    let Some(found) = found else {
        application::existing(db, application).await?;
        return Err(not_found(id_or_uid));
    };
    Ok(found)
}

fn find_query(application: &str, id_or_uid: &str) -> TypedQuery<Endpoint> {
    query_as!(
        Endpoint,
        "select e.id, e.app_id, e.uid, e.url, e.description, e.event_types, e.event_types as filter_types, e.channels, \
         e.disabled, e.throttle_rate, e.throttle_rate as rate_limit, 1 as version, e.metadata, e.created_at, e.updated_at \
         from (select id from application_names where name = :application limit 1) a \
         join endpoints e on e.app_id = a.id where e.id = :id_or_uid or e.uid = :id_or_uid \
         order by e.id = :id_or_uid desc limit 1"
    )
}

fn not_found(id_or_uid: &str) -> Problem {
    Problem::not_found(format!("the application has no endpoint {id_or_uid:?}"))
}

/// Create an endpoint.
#[post("/api/v1/app/{app_id}/endpoint", tag = "Endpoint", errors(CONFLICT))]
pub(crate) async fn create_endpoint(
    application: Application,
    writer: Writer,
    settings: State<RelaySettings>,
    idempotency: IdempotencyKey,
    Valid(Json(new)): Valid<Json<NewEndpoint>>,
) -> Result<Created<Endpoint>, Problem> {
    let created = create(&writer, &settings, idempotency, &application.id, new).await;
    created.map(Created::new)
}

/// Creates an endpoint.
pub(crate) async fn create(
    writer: &Writer,
    settings: &RelaySettings,
    idempotency: IdempotencyKey,
    app_id: &str,
    new: NewEndpoint,
) -> Result<Endpoint, Problem> {
    let db = &writer.db;
    let new = new.with_current_names()?;
    check_target(&new.url.0, settings)?;
    let claim = idempotency.claim(Collection::Endpoints(app_id), &new)?;
    let (row, insert) = insert(new, app_id, writer)?;
    let mut queries = claim.queries(&writer.tasks, &row.id, row.created_at);
    queries.push(insert);
    let last = queries.len() - 1;
    match db.batch(queries).await {
        Ok(results) => {
            check_inserted(results.changes(last)?)?;
            Ok(row)
        }
        Err(error) if error.is_unique("request_keys.key") => {
            let id = claim.existing_resource(db, error).await?;
            find(db, app_id, &id).await
        }
        Err(error) => Err(write_error(error, row.uid.as_deref())),
    }
}

/// Get an endpoint.
#[get("/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint")]
pub(crate) async fn get_endpoint(endpoint: Endpoint) -> Json<Endpoint> {
    Json(endpoint)
}

/// Get the signing secret of an endpoint.
#[get("/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret", tag = "Endpoint")]
pub(crate) async fn get_endpoint_secret(
    endpoint: Endpoint,
    db: Db,
) -> Result<Json<EndpointSecret>, Problem> {
    let key = secret(&db, &endpoint).await?;
    Ok(Json(EndpointSecret { key }))
}

/// Returns the signing secret of an endpoint.
pub(crate) async fn secret(db: &Db, endpoint: &Endpoint) -> Result<String, DbError> {
    query_scalar!("select secret from endpoints where id = ?", endpoint.id)
        .fetch_one(db)
        .await
}

/// List the endpoints of an application, newest first.
#[get("/api/v1/app/{app_id}/endpoint", tag = "Endpoint")]
pub(crate) async fn list_endpoints(
    application: Application,
    db: Db,
    Valid(Query(params)): Valid<Query<ListParams>>,
) -> Result<Json<List<Endpoint>>, Problem> {
    let position = Position::find(&db, Items::Endpoints, params.page()).await?;
    let rows = query_as!(
        Endpoint,
        "select id, app_id, uid, url, description, event_types, event_types as filter_types, channels, disabled, \
         throttle_rate, throttle_rate as rate_limit, 1 as version, metadata, created_at, updated_at from endpoints \
         where app_id = :app_id and {page :cursor by rowid}",
        app_id = application.id,
        cursor = position.cursor,
    )
    .fetch_all(&db)
    .await?;
    position.list(rows, |endpoint| &endpoint.id).map(Json)
}

/// Delete an endpoint.
///
/// Pending deliveries to the endpoint are canceled.
#[delete("/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint")]
pub(crate) async fn delete_endpoint(endpoint: Endpoint, db: Db) -> Result<NoContent, Problem> {
    delete(&db, &endpoint.id).await?;
    Ok(NoContent)
}

/// Deletes an endpoint.
pub(crate) async fn delete(db: &Db, id: &str) -> Result<(), DbError> {
    query!("delete from endpoints where id = ?", id)
        .execute(db)
        .await
        .map(drop)
}
