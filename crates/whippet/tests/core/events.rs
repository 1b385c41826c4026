//! Server-sent events.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;
#[cfg(not(target_arch = "wasm32"))]
use serde_json::json;
use whippet::axum::body::Body;
use whippet::axum::http::Request;
use whippet::response::{Event, Events, JsonLines, LastEventId, Sse};
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Clock, Problem, get as get_operation, routes};

/// Returns the text of a stream with one event.
fn text(event: fn() -> Event) -> String {
    block_on(async {
        let handler = move || async move { Sse::new(stream::iter([event()])) };
        let app = TestApp::new(|_| Ok(App::new().route("/", get(handler)))).await;
        let response = app.get("/").await;
        assert_eq!(response.header("content-type"), "text/event-stream");
        assert_eq!(response.header("cache-control"), "no-store");
        response.text()
    })
}

#[whippet::test]
fn each_field_of_an_event_has_its_own_line() {
    let whole = text(|| {
        let event = Event::data("hello").event("greeting").id("7");
        event.retry(Duration::from_millis(1500))
    });
    assert_eq!(
        whole,
        "data: hello\nevent: greeting\nid: 7\nretry: 1500\n\n"
    );
    assert_eq!(text(|| Event::json(&[1, 2]).unwrap()), "data: [1,2]\n\n");
    assert_eq!(text(|| Event::comment("here")), ": here\n\n");
}

#[whippet::test]
fn each_line_of_the_data_has_its_own_field() {
    for (event, expected) in [
        (text(|| Event::data("")), "data: \n\n"),
        (
            text(|| Event::data("a\nb\r\nc\rd")),
            "data: a\ndata: b\ndata: c\ndata: d\n\n",
        ),
        (text(|| Event::data("a\n\n")), "data: a\ndata: \ndata: \n\n"),
        (text(|| Event::data("a\r")), "data: a\ndata: \n\n"),
        (text(|| Event::data(": é")), "data: : é\n\n"),
    ] {
        assert_eq!(event, expected);
    }
}

#[whippet::test]
fn line_breaks_in_event_names_ids_and_comments_become_spaces() {
    let event = text(|| Event::data("x").event("a\ndata: b").id("1\r\n\n\0"));
    assert_eq!(event, "data: x\nevent: a data: b\nid: 1    \n\n");
    assert_eq!(text(|| Event::comment("a\n\ndata: b")), ": a  data: b\n\n");
}

async fn last(LastEventId(id): LastEventId) -> String {
    format!("{id:?}")
}

#[whippet::test]
fn a_handler_reads_the_last_event_id_of_a_reconnecting_client() {
    block_on(async {
        let app = TestApp::new(|_| Ok(App::new().route("/", get(last)))).await;
        assert_eq!(app.get("/").await.text(), "None");
        assert_eq!(
            app.get("/").header("last-event-id", "é 7").await.text(),
            "Some(\"é 7\")"
        );
    });
}

/// Sends one event, and then only keep-alive comments.
async fn idle(clock: Clock) -> Sse {
    let first = stream::iter([Event::data("first")]);
    Sse::new(first.chain(stream::pending())).keep_alive(clock, Duration::from_millis(5))
}

/// Sends one event and then fails.
async fn fails() -> Sse {
    let events = [
        Ok(Event::data("first")),
        Err(Problem::internal("the source failed")),
    ];
    Sse::try_new(stream::iter(events))
}

/// Returns the first `count` chunks of a stream. The stream is `/idle` if `count` is more than 2, and `/fails`
/// otherwise.
fn chunks(count: usize) -> Vec<Result<String, String>> {
    block_on(async {
        let app = App::new()
            .route("/idle", get(idle))
            .route("/fails", get(fails));
        let app = TestApp::new(|_| Ok(app)).await;
        let path = if count > 2 { "/idle" } else { "/fails" };
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.service().handle(request).await;
        let body = response.into_body().into_data_stream();
        let chunks = body.take(count).map(|chunk| match chunk {
            Ok(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
            Err(error) => Err(error.to_string()),
        });
        let (chunks, _) = tokio::join!(chunks.collect(), app.advance("10ms"));
        chunks
    })
}

#[whippet::test]
fn an_idle_event_stream_sends_keep_alive_comments() {
    let alive = || Ok(": \n\n".to_owned());
    assert_eq!(
        chunks(3),
        [Ok("data: first\n\n".to_owned()), alive(), alive()]
    );
}

#[whippet::test]
fn an_error_ends_the_stream() {
    let chunks = chunks(2);
    assert_eq!(chunks[0], Ok("data: first\n\n".to_owned()));
    assert!(chunks[1].is_err(), "{chunks:?}");
}

/// A note.
#[derive(Serialize, JsonSchema)]
struct Note {
    text: &'static str,
}

#[derive(Events)]
enum NoteEvent {
    /// A note was created.
    NoteCreated(Note),
    Count(u32),
    /// The end.
    #[event(name = "end of notes")]
    AllSent,
}

/// Sends three events, one a minute, each with an id. Comments keep the stream open between the events.
#[get_operation("/notes")]
async fn notes(clock: Clock) -> Sse<NoteEvent> {
    let events = [
        NoteEvent::NoteCreated(Note { text: "one\ntwo" }),
        NoteEvent::Count(7),
        NoteEvent::AllSent,
    ];
    let sleeper = clock.clone();
    let events = stream::iter(events.into_iter().enumerate()).then(move |event| {
        let clock = sleeper.clone();
        async move {
            clock.sleep(Duration::from_secs(60)).await;
            event
        }
    });
    Sse::new(events).keep_alive(clock, Duration::from_secs(15))
}

#[get_operation("/endless")]
async fn endless(clock: Clock) -> Sse {
    Sse::new(stream::pending::<Event>()).keep_alive(clock, Duration::from_secs(3600))
}

#[get_operation("/numbers")]
async fn numbers() -> JsonLines<Note> {
    JsonLines::new(stream::iter(["a", "b"]).map(|text| Note { text }))
}

#[get_operation("/broken-numbers")]
async fn broken_numbers() -> JsonLines<u8> {
    JsonLines::try_new(stream::iter([Ok(1), Err(Problem::internal("no more"))]))
}

fn typed() -> App {
    App::new().routes(routes![notes, endless, numbers, broken_numbers])
}

#[whippet::test]
async fn typed_events_are_read_one_by_one_in_virtual_time() {
    let app = TestApp::new(|_| Ok(typed())).await;
    let mut events = app.get("/notes").stream().await;
    assert_eq!(events.status.as_u16(), 200);
    assert_eq!(events.headers["content-type"], "text/event-stream");
    let start = app.context().clock().now();
    let expected = [
        ("note_created", r#"{"text":"one\ntwo"}"#, "0"),
        ("count", "7", "1"),
        ("end of notes", "null", "2"),
    ];
    for (at, expected) in (1..).zip(expected) {
        let event = events.next_event().await.unwrap();
        assert_eq!((&*event.name, &*event.data, &*event.id), expected);
        let now = app.context().clock().now();
        assert_eq!(now.since(start), Duration::from_secs(60 * at));
    }
    assert_eq!(events.next_event().await, None);
}

#[whippet::test]
async fn a_keep_alive_comment_is_not_an_event() {
    let app = TestApp::new(|_| Ok(typed())).await;
    let mut endless = app.get("/endless").stream().await;
    assert_eq!(endless.next_chunk().await.unwrap(), ": \n\n");
    assert_eq!(endless.next_chunk().await.unwrap(), ": \n\n");
}

#[whippet::test]
async fn values_are_streamed_as_json_lines() {
    let app = TestApp::new(|_| Ok(typed())).await;
    let lines = app.get("/numbers").await;
    lines
        .assert_status(200)
        .assert_header("content-type", "application/jsonl");
    assert_eq!(lines.text(), "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
    let request = Request::get("/broken-numbers").body(Body::empty()).unwrap();
    let response = app.service().handle(request).await;
    let mut body = response.into_body().into_data_stream();
    assert_eq!(body.next().await.unwrap().unwrap(), "1\n");
    assert!(body.next().await.unwrap().is_err());
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_openapi_document_has_the_events_and_values_of_streams() {
    let document = typed().document();
    let content = |path: &str| &document["paths"][path]["get"]["responses"]["200"]["content"];
    let note = json!({"$ref": "#/components/schemas/Note"});
    assert_eq!(
        content("/notes")["text/event-stream"],
        json!({
            "schema": {"type": "string"},
            "x-events": {
                "note_created": {"description": "A note was created.", "data": note},
                "count": {"data": {"type": "integer", "format": "uint32", "minimum": 0}},
                "end of notes": {"description": "The end.", "data": {"type": "null"}},
            },
        })
    );
    let untyped = json!({"schema": {"type": "string"}});
    assert_eq!(content("/endless")["text/event-stream"], untyped);
    let lines = json!({"schema": {"type": "string"}, "x-items": note});
    assert_eq!(content("/numbers")["application/jsonl"], lines);
    assert!(document["components"]["schemas"]["Note"].is_object());
}

#[whippet::test]
async fn a_stream_sends_its_start_first_and_ends_when_its_condition_does() {
    let handler = async |clock: Clock| {
        let ticks = stream::unfold(clock.clone(), |clock| async move {
            clock.sleep(Duration::from_secs(2)).await;
            Some((Event::data("tick"), clock))
        });
        let events = Sse::new(ticks)
            .start_id(7)
            .keep_alive(clock.clone(), Duration::from_secs(60));
        events.until(async move { clock.sleep(Duration::from_secs(5)).await })
    };
    let app = App::new().route("/", get(handler));
    let app = TestApp::new(|_| Ok(app)).await;
    let mut response = app.get("/").stream().await;
    for expected in ["id: 7\n\n", "data: tick\n\n", "data: tick\n\n"] {
        let chunk = response.next_chunk().await;
        assert_eq!(chunk.as_deref(), Some(expected.as_bytes()));
    }
    assert_eq!(response.next_chunk().await, None);
}
