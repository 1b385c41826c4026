//! Operations that test responses: created resources, redirects, caching, cookies and event streams.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::axum::body::Body;
use whippet::axum::http::{HeaderName, HeaderValue, StatusCode, header};
use whippet::axum::response::{IntoResponse, Response};
use whippet::extract::Query;
use whippet::response::{
    Cached, ETag, Event, IfMatch, IfNoneMatch, LastEventId, PermanentRedirect, SeeOther, SetCookie,
    Sse, TemporaryRedirect,
};
use whippet::{
    Accepted, App, Clock, Created, Json, NoContent, Path, Problem, delete, get, post, put, routes,
};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![
        create_note,
        get_note,
        delete_note,
        change_text,
        get_text,
        create_job,
        moved,
        own_id,
        with_status,
        sign_in,
        sign_out,
        events,
        endless_events,
        silence,
        compressed,
        not_ascii
    ])
}

#[derive(Serialize, JsonSchema)]
struct Note {
    id: u32,
    text: &'static str,
}

const NOTE: Note = Note {
    id: 1,
    text: "hello",
};

/// The version of every note, for entity tags.
const VERSION: i64 = 7;

#[post("/notes")]
async fn create_note() -> Created<Note> {
    Created::at("/notes/1", NOTE)
}

#[post("/jobs")]
async fn create_job() -> Accepted<Note> {
    Accepted(NOTE)
}

#[get("/notes/{id}")]
async fn get_note(condition: IfNoneMatch) -> Cached<Json<Note>> {
    condition.respond(ETag::version(VERSION), Json(NOTE))
}

/// Deletes a note. The request must name the note's version in `If-Match`.
#[delete("/notes/{id}")]
async fn delete_note(condition: IfMatch) -> Result<NoContent, Problem> {
    condition.required()?.check(Some(&ETag::version(VERSION)))?;
    Ok(NoContent)
}

/// Changes the text of a note. A request with `If-None-Match: *` always fails, because every note has a text.
#[put("/notes/{id}/text")]
async fn change_text(condition: IfNoneMatch) -> Result<NoContent, Problem> {
    condition.check(Some(&ETag::version(VERSION)))?;
    Ok(NoContent)
}

#[get("/notes/{id}/text")]
async fn get_text(condition: IfNoneMatch) -> Result<Cached<Json<&'static str>>, Problem> {
    condition.json(&NOTE.text)
}

#[derive(Deserialize, JsonSchema)]
struct MovedParams {
    to: String,
}

#[get("/moved/{status}")]
async fn moved(Path(status): Path<u16>, Query(MovedParams { to }): Query<MovedParams>) -> Response {
    match status {
        303 => SeeOther::to(to).into_response(),
        307 => TemporaryRedirect::to(to).into_response(),
        308 => PermanentRedirect::to(to).into_response(),
        other => Problem::not_found(format!("{other} is not a supported redirect status"))
            .into_response(),
    }
}

/// After `wait_ms` milliseconds, responds with this status and a body. The response has a body even if the status does
/// not allow one.
#[get("/statuses/{status}")]
async fn with_status(
    Path(status): Path<u16>,
    Query(StatusParams { wait_ms }): Query<StatusParams>,
    clock: Clock,
) -> Response {
    if wait_ms > 0 {
        clock.sleep(Duration::from_millis(wait_ms)).await;
    }
    match StatusCode::from_u16(status) {
        Ok(status) => (status, "a body").into_response(),
        Err(_) => Problem::not_found("the status is not a valid HTTP status").into_response(),
    }
}

#[derive(Deserialize, JsonSchema)]
struct StatusParams {
    #[serde(default)]
    wait_ms: u64,
}

/// Returns an `X-Request-Id` that differs from the id of the request.
#[get("/own-id")]
async fn own_id() -> Response {
    ([("x-request-id", "own")], "hello").into_response()
}

#[post("/session")]
async fn sign_in() -> (SetCookie, SetCookie, NoContent) {
    let session = SetCookie::new("__Host-session", "c2VjcmV0").max_age(Duration::from_secs(3600));
    let theme = SetCookie::new("theme", "dark").readable_by_scripts();
    (session, theme, NoContent)
}

#[delete("/session")]
async fn sign_out() -> (SetCookie, NoContent) {
    (SetCookie::removal("__Host-session"), NoContent)
}

/// Sends three events, with pauses long enough for a keep-alive comment.
#[get("/events")]
async fn events(clock: Clock, LastEventId(last): LastEventId) -> Sse {
    let start: u32 = last
        .and_then(|id| id.parse().ok())
        .map_or(0, |id: u32| id + 1);
    let ticks = clock.clone();
    let events = stream::iter(start..start + 3).then(move |number| {
        let clock = ticks.clone();
        async move {
            if number > start {
                clock.sleep(Duration::from_millis(300)).await;
            }
            let event = Event::data(format!("event\n{number}")).id(&number.to_string());
            event.event("tick")
        }
    });
    Sse::new(events).keep_alive(clock, Duration::from_millis(200))
}

/// Sends an event every 200 ms until the client disconnects or the server stops.
#[get("/events/endless")]
async fn endless_events(clock: Clock) -> Sse {
    let events = stream::iter(1_u32..).then(move |number| {
        let clock = clock.clone();
        async move {
            clock.sleep(Duration::from_millis(200)).await;
            Event::data(number.to_string())
        }
    });
    Sse::new(events)
}

/// Sends a text immediately, and another text an hour later.
#[get("/silence")]
async fn silence(clock: Clock) -> Body {
    let end = async move {
        clock.sleep(Duration::from_secs(3600)).await;
        Ok("end")
    };
    let start = stream::iter([Ok::<_, Infallible>("start")]);
    Body::from_stream(start.chain(stream::once(end)))
}

/// The text `hello`, compressed by gzip.
const HELLO_GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07,
    0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
];

/// Sends a body that is already compressed.
#[get("/compressed")]
async fn compressed() -> ([(HeaderName, &'static str); 2], &'static [u8]) {
    let headers = [
        (header::CONTENT_TYPE, "text/plain"),
        (header::CONTENT_ENCODING, "gzip"),
    ];
    (headers, HELLO_GZIP)
}

/// Sends header values that are not ASCII. One of the two values of `x-mixed` is ASCII.
#[get("/not-ascii")]
async fn not_ascii() -> Response {
    let mut response = "<b>hello</b>".into_response();
    let headers = response.headers_mut();
    let text = HeaderValue::from_bytes("täxt/html".as_bytes());
    if let Ok(text) = text {
        headers.insert(header::CONTENT_TYPE, text.clone());
        headers.append("x-mixed", text);
    }
    headers.append("x-mixed", HeaderValue::from_static("plain"));
    response
}
