//! The operations on items.

use serde::{Deserialize, Serialize};
use spin_sdk::http::{Request, Response, StatusCode, body::IncomingBodyExt};
use spin_sdk::sqlite::{Connection, RowResult, Value};

use crate::json;

#[derive(Serialize)]
struct Item {
    id: i64,
    sku: String,
    name: String,
    cents: i64,
    weight: f64,
    active: bool,
    tags: Vec<String>,
    version: i64,
}

impl Item {
    fn read(row: &RowResult) -> Option<Self> {
        Some(Self {
            id: row.get(0)?,
            sku: row.get::<&str>(1)?.to_owned(),
            name: row.get::<&str>(2)?.to_owned(),
            cents: row.get(3)?,
            weight: row.get(4)?,
            active: row.get(5)?,
            tags: serde_json::from_str(row.get(6)?).ok()?,
            version: row.get(7)?,
        })
    }
}

#[derive(Serialize)]
struct Items {
    items: Vec<Item>,
    next: Option<i64>,
}

#[derive(Deserialize)]
struct NewItem {
    sku: String,
    name: String,
    cents: i64,
    weight: f64,
    active: bool,
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct ItemUpdate {
    name: String,
    cents: i64,
    version: i64,
}

pub async fn get(id: &str) -> Result<Response<String>, StatusCode> {
    let sql = "select id, sku, name, cents, weight, active, tags, version from items where id = ?1";
    let items = read(sql, vec![Value::Integer(integer(id)?)]).await?;
    first(StatusCode::OK, &items, StatusCode::NOT_FOUND)
}

pub async fn list(query: &str) -> Result<Response<String>, StatusCode> {
    let after = query.strip_prefix("after=").unwrap_or_default();
    let sql = "select id, sku, name, cents, weight, active, tags, version from items
        where id > ?1 order by id limit 50";
    let items = read(sql, vec![Value::Integer(integer(after)?)]).await?;
    let next = items.last().map(|item| item.id);
    json(StatusCode::OK, &Items { items, next })
}

pub async fn create(request: Request) -> Result<Response<String>, StatusCode> {
    let new: NewItem = body(request).await?;
    let tags = serde_json::to_string(&new.tags).map_err(|_| StatusCode::BAD_REQUEST)?;
    let sql =
        "insert into items (sku, name, cents, weight, active, tags) values (?1, ?2, ?3, ?4, ?5, ?6)
        returning id, sku, name, cents, weight, active, tags, version";
    let values = vec![
        Value::Text(new.sku),
        Value::Text(new.name),
        Value::Integer(new.cents),
        Value::Real(new.weight),
        Value::Integer(new.active.into()),
        Value::Text(tags),
    ];
    let items = read(sql, values).await?;
    first(
        StatusCode::CREATED,
        &items,
        StatusCode::INTERNAL_SERVER_ERROR,
    )
}

pub async fn update(id: &str, request: Request) -> Result<Response<String>, StatusCode> {
    let id = integer(id)?;
    let update: ItemUpdate = body(request).await?;
    let sql = "update items set name = ?1, cents = ?2, version = version + 1 where id = ?3 and version = ?4
        returning id, sku, name, cents, weight, active, tags, version";
    let values = vec![
        Value::Text(update.name),
        Value::Integer(update.cents),
        Value::Integer(id),
        Value::Integer(update.version),
    ];
    first(
        StatusCode::OK,
        &read(sql, values).await?,
        StatusCode::CONFLICT,
    )
}

fn integer(text: &str) -> Result<i64, StatusCode> {
    text.parse().map_err(|_| StatusCode::BAD_REQUEST)
}

async fn body<T: for<'de> Deserialize<'de>>(request: Request) -> Result<T, StatusCode> {
    let body = request.into_body().bytes().await;
    let body = body.map_err(|_| StatusCode::BAD_REQUEST)?;
    serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)
}

async fn read(sql: &str, values: Vec<Value>) -> Result<Vec<Item>, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let database = Connection::open_default().await.map_err(failed)?;
    let rows = database.execute(sql, values).await.map_err(failed)?;
    let rows = rows.collect().await.map_err(failed)?;
    let items: Option<Vec<Item>> = rows.iter().map(Item::read).collect();
    items.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn first(
    found: StatusCode,
    items: &[Item],
    missing: StatusCode,
) -> Result<Response<String>, StatusCode> {
    json(found, items.first().ok_or(missing)?)
}
