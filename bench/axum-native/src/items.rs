//! The operations on items.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use rusqlite::{OptionalExtension, Row, params, types::Type};
use validator::Validate;

use crate::database::Database;
use crate::item::{CREATE, GET, Item, ItemUpdate, Items, LIST, NewItem, Position, UPDATE};

impl Item {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let tags = row.get_ref(6)?.as_str()?;
        let tags = serde_json::from_str(tags).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(6, Type::Text, Box::new(error))
        })?;
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

pub async fn get(State(database): State<Database>, Path(id): Path<u32>) -> Response {
    let item = database.read(move |connection| {
        let mut select = connection.prepare_cached(GET)?;
        select.query_row([id], Item::read).optional()
    });
    respond(item.await, StatusCode::OK, StatusCode::NOT_FOUND)
}

pub async fn list(
    State(database): State<Database>,
    Query(Position { after }): Query<Position>,
) -> Response {
    let items = database.read(move |connection| {
        let mut select = connection.prepare_cached(LIST)?;
        select
            .query_map([after], Item::read)?
            .collect::<rusqlite::Result<Vec<_>>>()
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
        let mut insert = connection.prepare_cached(CREATE)?;
        let values = params![new.sku, new.name, new.cents, new.weight, new.active, tags];
        insert.query_row(values, Item::read).optional()
    });
    respond(
        item.await,
        StatusCode::CREATED,
        StatusCode::INTERNAL_SERVER_ERROR,
    )
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
        let mut statement = connection.prepare_cached(UPDATE)?;
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
