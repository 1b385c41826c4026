//! Applications. Relay delivers the messages of an application to its endpoints.

mod bodies;
pub(crate) mod remove;
pub(crate) mod update;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::response::Cursor;
use whippet::sql::TypedQuery;
use whippet::{
    Db, DbError, Json, Path, Problem, Timestamp, Valid, dependency, get, post, query, query_as,
};

use crate::auth::ApiKey;
use crate::id::IdGenerator;
use crate::idempotency::{Collection, IdempotencyKey};
use crate::list::{Items, List, ListParams, Position};
use crate::upserted::CreatedOrExisting;
use crate::writer::Writer;
pub(crate) use bodies::{ApplicationPatch, NewApplication};

// This struct is also the row type of the table `applications`.
/// An application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[cfg_attr(
    feature = "graphql",
    derive(async_graphql::SimpleObject),
    graphql(complex)
)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({
    "id": "app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "uid": "acme", "name": "Acme", "throttleRate": null, "rateLimit": null,
    "metadata": {},
    "createdAt": "2026-01-31T12:00:00.000Z", "updatedAt": "2026-01-31T12:00:00.000Z",
}))]
pub(crate) struct Application {
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) id: String,
    pub(crate) uid: Option<String>,
    pub(crate) name: String,
    pub(crate) throttle_rate: Option<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[cfg_attr(feature = "graphql", graphql(skip))]
    pub(crate) rate_limit: Option<u16>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The query parameters of `create_application`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CreateParams {
    /// If true, return an existing application with the same `uid` instead of a 409.
    #[serde(default)]
    get_if_exists: bool,
}

/// The path parameter that names an application.
#[derive(Debug, Deserialize, JsonSchema)]
struct ApplicationPath {
    /// The `id` or `uid` of the application.
    app_id: String,
}

/// The `id` or `uid` of the application in the path of a request. The application may not exist.
#[derive(Debug, Clone)]
pub(crate) struct RequestedApplication(pub(crate) String);

/// Checks the API key, and reads the id of the application from the path.
#[dependency]
async fn requested_application(
    // The API key is checked first, so that a request without the key gets 401 even if the application does not exist.
    _key: ApiKey,
    Path(path): Path<ApplicationPath>,
) -> RequestedApplication {
    RequestedApplication(path.app_id)
}

/// Returns the application whose id is in the path. If it does not exist, returns a 404 problem.
#[dependency(errors(NOT_FOUND))]
async fn application(requested: RequestedApplication, db: Db) -> Result<Application, Problem> {
    existing(&db, &requested.0).await
}

/// Returns the application with this id or uid, or a 404 problem.
pub(crate) async fn existing(db: &Db, id_or_uid: &str) -> Result<Application, Problem> {
    let found = find(db, id_or_uid).await?;
    found.ok_or_else(|| not_found(id_or_uid))
}

async fn find(db: &Db, id_or_uid: &str) -> Result<Option<Application>, DbError> {
    find_query(id_or_uid).fetch_optional(db).await
}

fn find_query(id_or_uid: &str) -> TypedQuery<Application> {
    query_as!(
        Application,
        "select id, uid, name, throttle_rate, throttle_rate as rate_limit, metadata, created_at, updated_at \
         from applications where (id = :id_or_uid or uid = :id_or_uid) and deleted_at is null \
         order by id = :id_or_uid desc limit 1"
    )
}

/// Converts the error of a query that writes an application with this uid.
fn write_error(error: DbError, uid: &str) -> Problem {
    match error.is_unique("applications.uid") {
        true => uid_is_taken(uid),
        false => error.into(),
    }
}

fn uid_is_taken(uid: &str) -> Problem {
    Problem::conflict(format!(
        "an application with the uid {uid:?} already exists"
    ))
}

pub(crate) fn not_found(id_or_uid: &str) -> Problem {
    Problem::not_found(format!("there is no application {id_or_uid:?}"))
}

/// Returns a new application, and the query that inserts it.
pub(crate) fn insert(
    new: NewApplication,
    ids: &IdGenerator,
) -> Result<(Application, whippet::Query), Problem> {
    let new = new.with_current_names()?;
    let (id, now) = ids.create("app");
    let row = Application {
        id,
        uid: new.uid.map(|uid| uid.0),
        name: new.name,
        throttle_rate: new.throttle_rate,
        rate_limit: new.throttle_rate,
        metadata: new.metadata.unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    let insert = query!(
        "insert into applications (id, uid, name, throttle_rate, metadata, created_at, updated_at) \
         values (:id, :uid, :name, :throttle_rate, :metadata, :now, :now)",
        id = row.id,
        uid = row.uid,
        name = row.name,
        throttle_rate = row.throttle_rate,
        metadata = row.metadata,
    );
    Ok((row, insert))
}

/// Create an application, or get the existing application with the same `uid`.
#[post("/api/v1/app", tag = "Application", errors(CONFLICT))]
pub(crate) async fn create_application(
    _key: ApiKey,
    writer: Writer,
    idempotency: IdempotencyKey,
    Query(params): Query<CreateParams>,
    Valid(Json(new)): Valid<Json<NewApplication>>,
) -> Result<CreatedOrExisting<Application>, Problem> {
    create(&writer, idempotency, params.get_if_exists, new).await
}

/// Creates an application. If `get_if_exists` is true, an existing application with the same uid is returned instead of
/// a 409.
pub(crate) async fn create(
    Writer { db, tasks, ids, .. }: &Writer,
    idempotency: IdempotencyKey,
    get_if_exists: bool,
    new: NewApplication,
) -> Result<CreatedOrExisting<Application>, Problem> {
    let new = new.with_current_names()?;
    let claim = idempotency.claim(Collection::Applications, &new)?;
    let uid = new.uid.as_ref().map(|uid| uid.0.clone());
    if get_if_exists
        && let Some(uid) = &uid
        && let Some(row) = find(db, uid).await?
    {
        return Ok(CreatedOrExisting::Existing(row));
    }
    let (row, insert) = insert(new, ids)?;
    let mut queries = claim.queries(tasks, &row.id, row.created_at);
    queries.push(insert);
    match db.batch(queries).await {
        Ok(_) => Ok(CreatedOrExisting::New(row)),
        Err(error) if error.is_unique("applications.uid") => {
            let uid = uid.unwrap_or_default();
            match find(db, &uid).await? {
                Some(row) if get_if_exists => Ok(CreatedOrExisting::Existing(row)),
                _ => Err(uid_is_taken(&uid)),
            }
        }
        Err(error) => {
            let id = claim.existing_resource(db, error).await?;
            let existing = find(db, &id).await?;
            existing
                .map(CreatedOrExisting::New)
                .ok_or_else(|| not_found(&id))
        }
    }
}

/// Get an application.
#[get("/api/v1/app/{app_id}", tag = "Application")]
pub(crate) async fn get_application(application: Application) -> Json<Application> {
    Json(application)
}

/// List applications, oldest first.
#[get("/api/v1/app", tag = "Application")]
pub(crate) async fn list_applications(
    _key: ApiKey,
    db: Db,
    Valid(Query(params)): Valid<Query<ListParams>>,
) -> Result<Json<List<Application>>, Problem> {
    let position = Position::find(&db, Items::Applications, params.page()).await?;
    let rows = page(&position.cursor).fetch_all(&db).await?;
    position.list(rows, |application| &application.id).map(Json)
}

/// Returns the query that reads a page of the list of applications.
pub(crate) fn page(cursor: &Cursor) -> TypedQuery<Application> {
    query_as!(
        Application,
        "select id, uid, name, throttle_rate, throttle_rate as rate_limit, metadata, created_at, updated_at \
         from applications where deleted_at is null and {page :cursor by rowid}"
    )
}
