//! The operations on items, with `worker`'s D1.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use validator::Validate;
use worker::{Env, wasm_bindgen::JsValue};

/// A row, as D1 returns it.
#[derive(Deserialize)]
struct Row {
    id: u32,
    sku: String,
    name: String,
    cents: u32,
    weight: f64,
    active: u8,
    tags: String,
    version: u32,
}

#[derive(Serialize)]
pub struct Item {
    id: u32,
    sku: String,
    name: String,
    cents: u32,
    weight: f64,
    active: bool,
    tags: Vec<String>,
    version: u32,
}

impl TryFrom<Row> for Item {
    type Error = serde_json::Error;

    fn try_from(row: Row) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: row.id,
            sku: row.sku,
            name: row.name,
            cents: row.cents,
            weight: row.weight,
            active: row.active == 1,
            tags: serde_json::from_str(&row.tags)?,
            version: row.version,
        })
    }
}

#[derive(Serialize)]
struct Items {
    items: Vec<Item>,
    next: Option<u32>,
}

#[derive(Deserialize)]
pub struct Position {
    after: u32,
}

#[derive(Deserialize, Validate)]
pub struct NewItem {
    #[validate(length(min = 1, max = 32))]
    sku: String,
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(max = 10_000_000))]
    cents: u32,
    #[validate(range(min = 0.0, max = 1000.0))]
    weight: f64,
    active: bool,
    #[validate(length(max = 10))]
    tags: Vec<String>,
}

#[derive(Deserialize, Validate)]
pub struct ItemUpdate {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(max = 10_000_000))]
    cents: u32,
    version: u32,
}

#[worker::send]
pub async fn get(State(env): State<Env>, Path(id): Path<u32>) -> Response {
    let sql = "select id, sku, name, cents, weight, active, tags, version from items where id = ?1";
    respond(first(&env, sql, &[id.into()]).await, StatusCode::OK, StatusCode::NOT_FOUND)
}

#[worker::send]
pub async fn list(State(env): State<Env>, Query(Position { after }): Query<Position>) -> Response {
    match rows(&env, after).await {
        Ok(items) => {
            let next = items.last().map(|item| item.id);
            Json(Items { items, next }).into_response()
        }
        Err(error) => failed(&error),
    }
}

#[worker::send]
pub async fn create(State(env): State<Env>, Json(new): Json<NewItem>) -> Response {
    if let Err(errors) = new.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let Ok(tags) = serde_json::to_string(&new.tags) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let sql = "insert into items (sku, name, cents, weight, active, tags) values (?1, ?2, ?3, ?4, ?5, ?6)
        returning id, sku, name, cents, weight, active, tags, version";
    let values = [
        new.sku.into(),
        new.name.into(),
        new.cents.into(),
        new.weight.into(),
        u8::from(new.active).into(),
        tags.into(),
    ];
    respond(first(&env, sql, &values).await, StatusCode::CREATED, StatusCode::INTERNAL_SERVER_ERROR)
}

#[worker::send]
pub async fn update(
    State(env): State<Env>,
    Path(id): Path<u32>,
    Json(update): Json<ItemUpdate>,
) -> Response {
    if let Err(errors) = update.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let sql = "update items set name = ?1, cents = ?2, version = version + 1 where id = ?3 and version = ?4
        returning id, sku, name, cents, weight, active, tags, version";
    let values = [update.name.into(), update.cents.into(), id.into(), update.version.into()];
    respond(first(&env, sql, &values).await, StatusCode::OK, StatusCode::CONFLICT)
}

async fn first(env: &Env, sql: &str, values: &[JsValue]) -> worker::Result<Option<Item>> {
    let row: Option<Row> = env.d1("DB")?.prepare(sql).bind(values)?.first(None).await?;
    Ok(row.map(Item::try_from).transpose()?)
}

async fn rows(env: &Env, after: u32) -> worker::Result<Vec<Item>> {
    let sql = "select id, sku, name, cents, weight, active, tags, version from items
        where id > ?1 order by id limit 50";
    let rows = env.d1("DB")?.prepare(sql).bind(&[after.into()])?.all().await?;
    let items = rows.results::<Row>()?.into_iter().map(Item::try_from);
    Ok(items.collect::<Result<_, _>>()?)
}

fn respond(item: worker::Result<Option<Item>>, found: StatusCode, missing: StatusCode) -> Response {
    match item {
        Ok(Some(item)) => (found, Json(item)).into_response(),
        Ok(None) => missing.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &worker::Error) -> Response {
    tracing::error!(%error, "the database failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
