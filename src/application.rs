//! Applications: whose events are delivered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::axum::response::{IntoResponse, Response};
use whippet::extract::Query;
use whippet::openapi::{OperationBuilder, Responses};
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{
    AssertSqlSafe, Clock, Created, Db, DbError, Json, NoContent, Path, Problem, Random, Timestamp,
    Valid, delete, get, post, query,
};

use crate::auth::ApiKey;
use crate::id;
use crate::idempotency::{self, IdempotencyKey};
use crate::rules::Identifier;
use whippet::response::{Order, Page, PageParams};

/// What makes an application.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({"name": "Acme", "uid": "acme"}))]
pub(crate) struct NewApplication {
    /// What people call it.
    #[validate(length(min = 1, max = 256))]
    name: String,
    /// A name of your own, unique, that stands for the id in every path.
    #[validate(nested)]
    pub(crate) uid: Option<Identifier>,
    /// The most messages a second.
    #[validate(range(min = 1))]
    throttle_rate: Option<u16>,
    /// Whatever you want to keep with it.
    metadata: Option<BTreeMap<String, String>>,
}

/// An application: a row, and what the API shows of it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all(serialize = "camelCase"))]
#[schemars(example = json!({
    "id": "app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "uid": "acme", "name": "Acme", "throttleRate": null, "metadata": {},
    "createdAt": "2026-01-31T12:00:00.000Z", "updatedAt": "2026-01-31T12:00:00.000Z",
}))]
pub(crate) struct Application {
    pub(crate) id: String,
    uid: Option<String>,
    name: String,
    throttle_rate: Option<u16>,
    metadata: BTreeMap<String, String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The columns of an [`Application`].
const COLUMNS: &str = "id, uid, name, throttle_rate, metadata, created_at, updated_at";

/// The query parameters of creating an application.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CreateParams {
    /// Answer with the application of this `uid` where there is one.
    #[serde(default)]
    get_if_exists: bool,
}

/// The application with this id or uid.
pub(crate) async fn find(db: &Db, id: &str) -> Result<Option<Application>, DbError> {
    let sql = format!(
        "select {COLUMNS} from applications where id = ?1 or uid = ?1 order by id = ?1 desc limit 1"
    );
    query(AssertSqlSafe(sql)).bind(id).fetch_optional(db).await
}

/// The application with this id or uid, or a 404 problem.
pub(crate) async fn get(db: &Db, id: &str) -> Result<Application, Problem> {
    find(db, id)
        .await?
        .ok_or_else(|| Problem::not_found(format!("there is no application {id:?}")))
}

/// The row of a new application, and the query that writes it.
pub(crate) fn insert(
    new: NewApplication,
    clock: &Clock,
    random: &Random,
) -> Result<(Application, whippet::Query), Problem> {
    let row = Application {
        id: id::new("app", clock, random),
        uid: new.uid.map(|uid| uid.0),
        name: new.name,
        throttle_rate: new.throttle_rate,
        metadata: new.metadata.unwrap_or_default(),
        created_at: clock.now(),
        updated_at: clock.now(),
    };
    let sql = format!("insert into applications ({COLUMNS}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    let insert = query(AssertSqlSafe(sql))
        .bind(&row.id)
        .bind(row.uid.as_deref())
        .bind(&row.name)
        .bind(row.throttle_rate)
        .bind(serde_json::to_string(&row.metadata)?)
        .bind(row.created_at)
        .bind(row.updated_at);
    Ok((row, insert))
}

/// The answer to a request that makes an application unless it is there.
#[derive(Debug)]
pub(crate) enum CreatedOrExisting {
    New(Application),
    Existing(Application),
}

impl IntoResponse for CreatedOrExisting {
    fn into_response(self) -> Response {
        match self {
            Self::New(application) => Created::new(application).into_response(),
            Self::Existing(application) => Json(application).into_response(),
        }
    }
}

impl Responses for CreatedOrExisting {
    fn describe(operation: &mut OperationBuilder<'_>) {
        Created::<Application>::describe(operation);
        Json::<Application>::describe(operation);
    }
}

/// Create an application, or get the one with its `uid`.
#[post("/api/v1/app", tag = "Application", errors(CONFLICT))]
pub(crate) async fn create_application(
    _key: ApiKey,
    db: Db,
    clock: Clock,
    random: Random,
    idempotency: IdempotencyKey,
    Query(params): Query<CreateParams>,
    Valid(Json(new)): Valid<Json<NewApplication>>,
) -> Result<CreatedOrExisting, Problem> {
    let claim = idempotency.claim("application".to_owned(), &new)?;
    let uid = new.uid.as_ref().map(|uid| uid.0.clone());
    if params.get_if_exists
        && let Some(uid) = &uid
        && let Some(row) = find(&db, uid).await?
    {
        return Ok(CreatedOrExisting::Existing(row));
    }
    let (row, insert) = insert(new, &clock, &random)?;
    let mut queries = claim.queries(&row.id, clock.now());
    queries.push(insert);
    match db.batch(queries).await {
        Ok(_) => Ok(CreatedOrExisting::New(row)),
        Err(error) if error.is_unique("applications.uid") => {
            let uid = uid.unwrap_or_default();
            match find(&db, &uid).await? {
                Some(row) if params.get_if_exists => Ok(CreatedOrExisting::Existing(row)),
                _ => Err(Problem::conflict(format!(
                    "there is an application with the uid {uid:?} already"
                ))),
            }
        }
        Err(error) => {
            let first = claim.first(&db, error).await?;
            Ok(CreatedOrExisting::New(get(&db, &first).await?))
        }
    }
}

/// Get an application by id or uid.
#[get("/api/v1/app/{app_id}", tag = "Application", errors(NOT_FOUND))]
pub(crate) async fn get_application(
    _key: ApiKey,
    db: Db,
    Path(app_id): Path<String>,
) -> Result<Json<Application>, Problem> {
    get(&db, &app_id).await.map(Json)
}

/// List applications, the oldest first.
#[get("/api/v1/app", tag = "Application")]
pub(crate) async fn list_applications(
    _key: ApiKey,
    db: Db,
    Valid(Query(page)): Valid<Query<PageParams>>,
) -> Result<Page<Application>, Problem> {
    let cursor = page.cursor("app", &["id"], Order::Ascending)?;
    let sql = format!("select {COLUMNS} from applications where {}", cursor.sql());
    let rows = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit())
        .fetch_all(&db)
        .await?;
    cursor.page(rows, |row: &Application| [row.id.as_str().into()])
}

/// Delete an application with its endpoints and messages.
///
/// What is still to be delivered is not.
#[delete("/api/v1/app/{app_id}", tag = "Application", errors(NOT_FOUND))]
pub(crate) async fn delete_application(
    _key: ApiKey,
    db: Db,
    Path(app_id): Path<String>,
) -> Result<NoContent, Problem> {
    let id = get(&db, &app_id).await?.id;
    let delete = query("delete from applications where id = ?1").bind(&id);
    db.batch([idempotency::forget(&id), delete]).await?;
    Ok(NoContent)
}
