//! Operations that test extractors: forms, headers, cookies, uploads, raw bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::{Cookies, Form, Headers, Multipart, Raw};
use whippet::{App, Json, Patch, Problem, Valid, get, patch, post, routes};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![form, call, whoami, upload, raw, optional, update])
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    name: String,
    #[serde(default)]
    tag: Vec<String>,
    count: Option<u8>,
}

#[post("/form")]
async fn form(Form(order): Form<Order>) -> Json<Order> {
    Json(order)
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Call {
    x_tenant: String,
    x_depth: Option<u8>,
    #[serde(default)]
    x_tags: Vec<String>,
}

#[get("/call")]
async fn call(Headers(call): Headers<Call>) -> Json<Call> {
    Json(call)
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Session {
    #[serde(rename = "__Host-session")]
    id: String,
    visits: Option<u32>,
}

#[get("/whoami")]
async fn whoami(Cookies(session): Cookies<Session>) -> Json<Session> {
    Json(session)
}

/// One part of an upload.
#[derive(Serialize, JsonSchema)]
struct Uploaded {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    length: usize,
    /// The sum of the part's bytes.
    sum: u32,
}

/// The maximum number of bytes in one part.
const PART_LIMIT: usize = 500_000;

#[post("/upload")]
async fn upload(form: Multipart) -> Result<Json<Vec<Uploaded>>, Problem> {
    let mut form = form.part_limit(PART_LIMIT);
    let mut parts = Vec::new();
    while let Some(mut part) = form.next_part().await? {
        let mut uploaded = Uploaded {
            name: part.name().to_owned(),
            file_name: part.file_name().map(str::to_owned),
            content_type: part.content_type().map(str::to_owned),
            length: 0,
            sum: 0,
        };
        while let Some(piece) = part.chunk().await? {
            uploaded.length += piece.len();
            uploaded.sum += piece.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        }
        parts.push(uploaded);
    }
    Ok(Json(parts))
}

#[derive(Deserialize, Validate, JsonSchema)]
struct Event {
    #[validate(length(min = 1))]
    kind: String,
}

/// Returns the kind of the event and the length of the raw body.
#[post("/raw")]
async fn raw(Raw(Valid(Json(event)), bytes): Raw<Valid<Json<Event>>>) -> String {
    format!("{} {}", event.kind, bytes.len())
}

#[post("/optional")]
async fn optional(event: Option<Json<Event>>) -> String {
    event.map_or("nothing".to_owned(), |Json(event)| event.kind)
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Update {
    #[validate(length(min = 1))]
    #[serde(skip_serializing_if = "Patch::is_absent")]
    name: Patch<String>,
    #[validate(range(min = 1))]
    #[serde(skip_serializing_if = "Patch::is_absent")]
    count: Patch<u8>,
}

/// Returns only the fields that the request contained.
#[patch("/update")]
async fn update(Valid(Json(update)): Valid<Json<Update>>) -> Json<Update> {
    Json(update)
}
