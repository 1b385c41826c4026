//! Responses: made, moved, cached, streamed.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::axum::http::StatusCode;
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
        events
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

/// The version of every note.
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
async fn get_note(known: IfNoneMatch) -> Cached<Json<Note>> {
    known.respond(ETag::version(VERSION), Json(NOTE))
}

/// A change that has to name the version.
#[delete("/notes/{id}")]
async fn delete_note(known: IfMatch) -> Result<NoContent, Problem> {
    known.required()?.check(Some(&ETag::version(VERSION)))?;
    Ok(NoContent)
}

/// Each text is there already: with `If-None-Match: *` none can be made.
#[put("/notes/{id}/text")]
async fn change_text(known: IfNoneMatch) -> Result<NoContent, Problem> {
    known.check(Some(&ETag::version(VERSION)))?;
    Ok(NoContent)
}

#[get("/notes/{id}/text")]
async fn get_text(known: IfNoneMatch) -> Result<Cached<Json<&'static str>>, Problem> {
    known.json(&NOTE.text)
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
        other => Problem::not_found(format!("there is no redirect {other} here")).into_response(),
    }
}

/// With a body, whether there can be one or not; after a wait, if it is asked for.
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
        Err(_) => Problem::not_found("there is no such status").into_response(),
    }
}

#[derive(Deserialize, JsonSchema)]
struct StatusParams {
    #[serde(default)]
    wait_ms: u64,
}

/// With an id that is not the request's.
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

/// Three events, the later ones after a silence that is filled.
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
