//! Requests: queries, headers, cookies, JSON, forms and files.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::axum::body::Bytes;
use whippet::extract::{Cookies, File, FileStream, Form, Headers, Query, Raw};
use whippet::problem::types::{NOT_FOUND, PAYLOAD_TOO_LARGE};
use whippet::response::{Download, DownloadRequest};
use whippet::routing::Routes;
use whippet::{
    Blobs, Change, Json, NoContent, Patch, Path, Problem, Timestamp, Valid, get, patch, post, put,
    routes, rules,
};

pub(crate) fn operations() -> Routes {
    routes![
        search,
        create_item,
        change_item,
        send_form,
        send_files,
        put_file,
        stream_file,
        get_file,
        receive
    ]
}

/// What to search for.
#[derive(Deserialize, Validate, JsonSchema)]
struct Search {
    /// The text.
    #[validate(length(min = 1, max = 20))]
    text: String,
    /// Only items with all these tags.
    #[serde(default)]
    #[validate(length(max = 5))]
    tag: Vec<String>,
    /// The largest price.
    max_price: Option<u64>,
}

#[derive(Deserialize, JsonSchema)]
struct SearchHeaders {
    /// The language of the client.
    #[serde(rename = "accept-language")]
    language: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct SearchCookies {
    /// Whether the client has seen the banner.
    banner: Option<String>,
}

/// Search for items.
#[get("/items")]
async fn search(
    Valid(Query(search)): Valid<Query<Search>>,
    Headers(headers): Headers<SearchHeaders>,
    Cookies(cookies): Cookies<SearchCookies>,
) -> Json<Vec<String>> {
    let words = [Some(search.text), headers.language, cookies.banner];
    let price = search.max_price.map(|price| price.to_string());
    let words = words.into_iter().flatten().chain(search.tag).chain(price);
    Json(words.collect())
}

/// An item.
#[rules]
#[derive(Serialize, Deserialize, Validate, JsonSchema)]
pub(crate) struct Item {
    /// The name.
    #[validate(length(min = 1, max = 30))]
    name: String,
    #[serde(flatten)]
    #[validate(nested)]
    size: Size,
    price: Price,
    /// Words that describe the item.
    #[serde(default)]
    #[validate(length(max = 5), each(length(min = 1, max = 10)))]
    tags: Vec<String>,
    /// How many items each shop has.
    #[serde(default)]
    #[validate(length(max = 5))]
    stock: BTreeMap<String, u32>,
    kind: Kind,
    /// When the item is sold.
    sold_at: Option<Timestamp>,
    /// The items that belong to it.
    #[serde(default)]
    #[validate(nested, length(max = 2))]
    parts: Vec<Item>,
}

/// The size of an item, in millimeters.
#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Size {
    #[validate(range(min = 1))]
    width: i64,
    depth: Option<u64>,
}

/// A price: a number of cents, or a text.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Price {
    Cents(u64),
    Text(String),
}

/// What an item is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    /// A book.
    Book { pages: u64 },
    /// A record.
    Record { minutes: f64, sides: u8 },
    /// Anything else.
    Other,
}

/// Create an item.
#[post("/items", status = 201)]
async fn create_item(Valid(Json(item)): Valid<Json<Item>>) -> Json<Item> {
    Json(item)
}

/// The fields of an item to change.
#[rules]
#[derive(Deserialize, Validate, JsonSchema)]
struct ItemChange {
    #[validate(length(min = 1, max = 30))]
    name: Change<String>,
    #[validate(range(max = 1000))]
    price: Patch<u64>,
    #[validate(each(length(max = 10)))]
    tags: Change<Vec<String>>,
}

/// The fields that were changed.
#[derive(Serialize, JsonSchema)]
struct Changed {
    id: u64,
    name: Option<String>,
    price: Option<u64>,
    tags: Option<Vec<String>>,
}

/// Change an item.
#[patch("/items/{id}", errors(NOT_FOUND))]
async fn change_item(
    Path(id): Path<u64>,
    Valid(Json(change)): Valid<Json<ItemChange>>,
) -> Json<Changed> {
    Json(Changed {
        id,
        name: change.name.into_value(),
        price: change.price.into_value(),
        tags: change.tags.into_value(),
    })
}

/// A message.
#[derive(Deserialize, Validate, JsonSchema)]
struct Message {
    #[validate(email)]
    sender: String,
    #[validate(length(max = 100))]
    text: String,
    #[serde(default)]
    topic: Vec<String>,
}

/// Send a message.
#[post("/messages")]
async fn send_form(Valid(Form(message)): Valid<Form<Message>>) -> String {
    let Message {
        sender,
        text,
        topic,
    } = message;
    format!("{sender}: {text} {}", topic.join(", "))
}

/// Files that belong to an item.
#[derive(Form)]
struct Files {
    /// The title of the files.
    #[validate(length(max = 30))]
    title: String,
    /// The picture.
    #[form(accept("image/png", "image/jpeg"))]
    picture: Option<File<100_000>>,
    /// More files.
    attachments: Vec<File<1000>>,
}

/// What was received.
#[derive(Serialize, JsonSchema)]
struct Received {
    name: String,
    bytes: usize,
}

/// Send files.
#[post("/files")]
async fn send_files(files: Files) -> Json<Received> {
    let picture = files.picture.map_or(0, |picture| picture.bytes().len());
    let attachments = files.attachments.iter().map(|file| file.bytes().len());
    Json(Received {
        name: files.title,
        bytes: picture + attachments.sum::<usize>(),
    })
}

/// A file that is stored.
#[derive(Form)]
struct Upload {
    /// The file.
    file: FileStream<100_000>,
}

/// Store a file.
#[put("/files/{id}", errors(PAYLOAD_TOO_LARGE))]
async fn put_file(Path(id): Path<u32>, blobs: Blobs, upload: Upload) -> Result<NoContent, Problem> {
    let media_type = upload.file.content_type().unwrap_or("text/plain");
    let media_type = media_type.to_owned();
    let body = upload.file.into_body();
    blobs.put(&format!("files/{id}"), &media_type, body).await?;
    Ok(NoContent)
}

/// Store the body of the request as a file.
#[put("/files/{id}/content", errors(PAYLOAD_TOO_LARGE))]
async fn stream_file(Path(id): Path<u32>, blobs: Blobs, body: Bytes) -> Result<NoContent, Problem> {
    let key = format!("files/{id}");
    blobs.put(&key, "application/octet-stream", body).await?;
    Ok(NoContent)
}

/// Download a file.
#[get("/files/{id}", errors(NOT_FOUND))]
async fn get_file(
    Path(id): Path<u32>,
    blobs: Blobs,
    request: DownloadRequest,
) -> Result<Download, Problem> {
    let file = request.blob(&blobs, &format!("files/{id}")).await?;
    let file = file.ok_or_else(|| Problem::not_found("no file has this number"))?;
    Ok(file.attachment("file"))
}

/// A message about an item.
#[derive(Deserialize, JsonSchema)]
struct Notice {
    item: String,
}

/// Receive a webhook.
#[post("/hook")]
async fn receive(Raw(Json(notice), bytes): Raw<Json<Notice>>) -> Json<Received> {
    Json(Received {
        name: notice.item,
        bytes: bytes.len(),
    })
}
