//! The types and the SQL statements of the operations on items.

use serde::{Deserialize, Serialize};
use validator::Validate;

#[derive(Serialize)]
pub struct Item {
    pub id: u32,
    pub sku: String,
    pub name: String,
    pub cents: u32,
    pub weight: f64,
    pub active: bool,
    pub tags: Vec<String>,
    pub version: u32,
}

#[derive(Serialize)]
pub struct Items {
    pub items: Vec<Item>,
    pub next: Option<u32>,
}

#[derive(Deserialize)]
pub struct Position {
    pub after: u32,
}

#[derive(Deserialize, Validate)]
pub struct NewItem {
    #[validate(length(min = 1, max = 32))]
    pub sku: String,
    #[validate(length(min = 1, max = 64))]
    pub name: String,
    #[validate(range(max = 10_000_000))]
    pub cents: u32,
    #[validate(range(min = 0.0, max = 1000.0))]
    pub weight: f64,
    pub active: bool,
    #[validate(length(max = 10))]
    pub tags: Vec<String>,
}

#[derive(Deserialize, Validate)]
pub struct ItemUpdate {
    #[validate(length(min = 1, max = 64))]
    pub name: String,
    #[validate(range(max = 10_000_000))]
    pub cents: u32,
    pub version: u32,
}

pub const GET: &str =
    "select id, sku, name, cents, weight, active, tags, version from items where id = ?1";

pub const LIST: &str = "select id, sku, name, cents, weight, active, tags, version from items
    where id > ?1 order by id limit 50";

pub const CREATE: &str =
    "insert into items (sku, name, cents, weight, active, tags) values (?1, ?2, ?3, ?4, ?5, ?6)
    returning id, sku, name, cents, weight, active, tags, version";

pub const UPDATE: &str =
    "update items set name = ?1, cents = ?2, version = version + 1 where id = ?3 and version = ?4
    returning id, sku, name, cents, weight, active, tags, version";
