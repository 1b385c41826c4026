//! The operations on items, with `worker`'s D1.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use validator::Validate;
use worker::{Env, wasm_bindgen::JsValue};

use crate::item::{CREATE, GET, Item, ItemUpdate, Items, LIST, NewItem, Position, UPDATE};

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

#[worker::send]
pub async fn get(State(env): State<Env>, Path(id): Path<u32>) -> Response {
    respond(
        first(&env, GET, &[id.into()]).await,
        StatusCode::OK,
        StatusCode::NOT_FOUND,
    )
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
    let values = [
        new.sku.into(),
        new.name.into(),
        new.cents.into(),
        new.weight.into(),
        u8::from(new.active).into(),
        tags.into(),
    ];
    respond(
        first(&env, CREATE, &values).await,
        StatusCode::CREATED,
        StatusCode::INTERNAL_SERVER_ERROR,
    )
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
    let values = [
        update.name.into(),
        update.cents.into(),
        id.into(),
        update.version.into(),
    ];
    respond(
        first(&env, UPDATE, &values).await,
        StatusCode::OK,
        StatusCode::CONFLICT,
    )
}

async fn first(env: &Env, sql: &str, values: &[JsValue]) -> worker::Result<Option<Item>> {
    let row: Option<Row> = env.d1("DB")?.prepare(sql).bind(values)?.first(None).await?;
    Ok(row.map(Item::try_from).transpose()?)
}

async fn rows(env: &Env, after: u32) -> worker::Result<Vec<Item>> {
    let rows = env
        .d1("DB")?
        .prepare(LIST)
        .bind(&[after.into()])?
        .all()
        .await?;
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
