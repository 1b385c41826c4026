//! The operations on items.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use rusqlite::{OptionalExtension, Row, params, types::Type};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::database::Database;

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

impl Item {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let tags = row.get_ref(6)?.as_str()?;
        let tags = serde_json::from_str(tags)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(6, Type::Text, Box::new(error)))?;
        Ok(Self {
            id: row.get(0)?,
            sku: row.get(1)?,
            name: row.get(2)?,
            cents: row.get(3)?,
            weight: row.get(4)?,
            active: row.get(5)?,
            tags,
            version: row.get(7)?,
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

pub async fn get(State(database): State<Database>, Path(id): Path<u32>) -> Response {
    let item = database.read(move |connection| {
        let mut select = connection.prepare_cached(
            "select id, sku, name, cents, weight, active, tags, version from items where id = ?1",
        )?;
        select.query_row([id], Item::read).optional()
    });
    respond(item.await, StatusCode::OK, StatusCode::NOT_FOUND)
}

pub async fn list(
    State(database): State<Database>,
    Query(Position { after }): Query<Position>,
) -> Response {
    let items = database.read(move |connection| {
        let mut select = connection.prepare_cached(
            "select id, sku, name, cents, weight, active, tags, version from items
             where id > ?1 order by id limit 50",
        )?;
        select.query_map([after], Item::read)?.collect::<rusqlite::Result<Vec<_>>>()
    });
    match items.await {
        Ok(items) => {
            let next = items.last().map(|item| item.id);
            Json(Items { items, next }).into_response()
        }
        Err(error) => failed(&error),
    }
}

pub async fn create(State(database): State<Database>, Json(new): Json<NewItem>) -> Response {
    if let Err(errors) = new.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let Ok(tags) = serde_json::to_string(&new.tags) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let item = database.write(move |connection| {
        let mut insert = connection.prepare_cached(
            "insert into items (sku, name, cents, weight, active, tags) values (?1, ?2, ?3, ?4, ?5, ?6)
             returning id, sku, name, cents, weight, active, tags, version",
        )?;
        let values = params![new.sku, new.name, new.cents, new.weight, new.active, tags];
        insert.query_row(values, Item::read).optional()
    });
    respond(item.await, StatusCode::CREATED, StatusCode::INTERNAL_SERVER_ERROR)
}

pub async fn update(
    State(database): State<Database>,
    Path(id): Path<u32>,
    Json(update): Json<ItemUpdate>,
) -> Response {
    if let Err(errors) = update.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let item = database.write(move |connection| {
        let mut statement = connection.prepare_cached(
            "update items set name = ?1, cents = ?2, version = version + 1 where id = ?3 and version = ?4
             returning id, sku, name, cents, weight, active, tags, version",
        )?;
        let values = params![update.name, update.cents, id, update.version];
        statement.query_row(values, Item::read).optional()
    });
    respond(item.await, StatusCode::OK, StatusCode::CONFLICT)
}

fn respond(
    item: rusqlite::Result<Option<Item>>,
    found: StatusCode,
    missing: StatusCode,
) -> Response {
    match item {
        Ok(Some(item)) => (found, Json(item)).into_response(),
        Ok(None) => missing.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &rusqlite::Error) -> Response {
    tracing::error!(%error, "the database failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
