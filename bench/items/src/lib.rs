//! The API that every app of the benchmark implements: three operations without a database, and four operations on a
//! table of items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::Query;
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{
    App, AppError, Config, Created, Db, Json, Path, Problem, Valid, get, migrations, post, put,
    query_as, routes, rules,
};

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

#[cfg(all(feature = "spin", target_arch = "wasm32"))]
mod spin {
    whippet::spin::entry!(crate::app);
}

/// Creates the app `items`.
///
/// # Errors
///
/// Never fails.
pub fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new()
        .migrations(migrations!("migrations"))
        .routes(routes![text, get_user, create_user])
        .routes(routes![get_item, list_items, create_item, update_item]))
}

#[get("/text")]
async fn text() -> &'static str {
    "hello"
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct User {
    id: u32,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
}

/// The body of a request that creates a user.
#[derive(Deserialize, Validate, JsonSchema)]
struct NewUser {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(email)]
    email: String,
    #[validate(range(max = 150))]
    age: u8,
}

#[get("/users/{id}")]
async fn get_user(Path(id): Path<u32>) -> Json<User> {
    Json(User {
        id,
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        age: None,
    })
}

#[post("/users", status = 201)]
async fn create_user(Valid(Json(new)): Valid<Json<NewUser>>) -> Json<User> {
    Json(User {
        id: 1,
        name: new.name,
        email: new.email,
        age: Some(new.age),
    })
}

/// An item: a row with eight columns.
#[derive(Serialize, JsonSchema)]
struct Item {
    id: u32,
    sku: String,
    name: String,
    cents: u32,
    weight: f64,
    active: bool,
    tags: Vec<String>,
    version: u32,
}

/// A page of items, in the order of their ids.
#[derive(Serialize, JsonSchema)]
struct Items {
    items: Vec<Item>,
    /// The id after which the next page starts.
    next: Option<u32>,
}

/// The position in the list.
#[derive(Deserialize, JsonSchema)]
struct Position {
    /// The list starts after this id.
    after: u32,
}

/// The body of a request that creates an item.
#[rules]
#[derive(Deserialize, Validate, JsonSchema)]
struct NewItem {
    #[validate(length(min = 1, max = 32))]
    sku: String,
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(max = 10_000_000))]
    cents: u32,
    #[validate(range(min = 0.0, max = 1000.0))]
    weight: f64,
    active: bool,
    #[validate(length(max = 10), each(length(min = 1, max = 30)))]
    tags: Vec<String>,
}

/// The body of a request that changes an item.
#[derive(Deserialize, Validate, JsonSchema)]
struct ItemUpdate {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(max = 10_000_000))]
    cents: u32,
    /// The version that the client has read.
    version: u32,
}

#[get("/items/{id}", errors(NOT_FOUND))]
async fn get_item(db: Db, Path(id): Path<u32>) -> Result<Json<Item>, Problem> {
    let item = query_as!(
        Item,
        "select id, sku, name, cents, weight, active, tags, version from items where id = :id"
    );
    let item = item.fetch_optional(&db).await?;
    item.map(Json)
        .ok_or_else(|| Problem::not_found("the item does not exist"))
}

#[get("/items")]
async fn list_items(
    db: Db,
    Query(Position { after }): Query<Position>,
) -> Result<Json<Items>, Problem> {
    let items = query_as!(
        Item,
        "select id, sku, name, cents, weight, active, tags, version from items
         where id > :after order by id limit 50"
    );
    let items = items.fetch_all(&db).await?;
    let next = items.last().map(|item| item.id);
    Ok(Json(Items { items, next }))
}

#[post("/items")]
async fn create_item(
    db: Db,
    Valid(Json(new)): Valid<Json<NewItem>>,
) -> Result<Created<Item>, Problem> {
    let item = query_as!(
        Item,
        "insert into items (sku, name, cents, weight, active, tags)
         values (:sku, :name, :cents, :weight, :active, :tags)
         returning id, sku, name, cents, weight, active, tags, version",
        sku = new.sku,
        name = new.name,
        cents = new.cents,
        weight = new.weight,
        active = new.active,
        tags = new.tags,
    );
    let item = item.fetch_one(&db).await?;
    Ok(Created::at(format!("/items/{}", item.id), item))
}

/// Changes an item if it still has the version that the client has read.
#[put("/items/{id}", errors(CONFLICT))]
async fn update_item(
    db: Db,
    Path(id): Path<u32>,
    Valid(Json(update)): Valid<Json<ItemUpdate>>,
) -> Result<Json<Item>, Problem> {
    let item = query_as!(
        Item,
        "update items set name = :name, cents = :cents, version = version + 1
         where id = :id and version = :version
         returning id, sku, name, cents, weight, active, tags, version",
        name = update.name,
        cents = update.cents,
        version = update.version,
    );
    let item = item.fetch_optional(&db).await?;
    item.map(Json)
        .ok_or_else(|| CONFLICT.with_detail("the item does not exist or has another version"))
}
