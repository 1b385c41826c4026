//! Typed events, for [`Sse`](super::Sse).

use super::Event;
use crate::Problem;
use crate::openapi::EventBuilder;

/// A value that an [`Sse`](super::Sse) response can send as an event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "does not implement `IntoEvent`",
    note = "use an `Event`, an enum with `#[derive(whippet::response::Events)]`, or a tuple of an id and one of these"
)]
pub trait IntoEvent {
    /// The type that describes the events in the OpenAPI document: an enum with `#[derive(Events)]`, or [`Event`] if
    /// only the handler knows the events.
    type Kind;

    /// Converts the item into an event.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the data cannot be serialized as JSON. The response logs this problem and ends.
    fn into_event(self) -> Result<Event, Problem>;
}

impl IntoEvent for Event {
    type Kind = Event;

    fn into_event(self) -> Result<Event, Problem> {
        Ok(self)
    }
}

/// An event with an id. When the client reconnects, it sends the last id that it has received as `Last-Event-ID`.
impl<I: ToString, E: IntoEvent> IntoEvent for (I, E) {
    type Kind = E::Kind;

    fn into_event(self) -> Result<Event, Problem> {
        let (id, event) = self;
        Ok(event.into_event()?.id(&id.to_string()))
    }
}

/// Describes the events of a stream: their names, and the types of their data. `#[derive(Events)]` implements this
/// trait and [`IntoEvent`] for an enum. Each variant of the enum is one kind of event.
///
/// The name of the event is the name of the variant in snake case, or the name in `#[event(name = "…")]`. The data of
/// the event is the value in the variant, as JSON. If the variant has no value, the data is `null`, because browsers
/// ignore events without data. The OpenAPI document lists the variants in `x-events`, with their doc comments and the
/// schemas of their data.
///
/// ```
/// use futures_util::stream;
/// use schemars::JsonSchema;
/// use serde::Serialize;
/// use whippet::response::{Events, Sse};
/// use whippet::testing::TestApp;
/// use whippet::{App, get, routes};
///
/// #[derive(Serialize, JsonSchema)]
/// struct Note {
///     text: &'static str,
/// }
///
/// #[derive(Events)]
/// enum NoteEvent {
///     /// A note was created.
///     NoteCreated(Note),
///     /// All notes were sent.
///     #[event(name = "end")]
///     AllSent,
/// }
///
/// #[get("/notes/events")]
/// async fn note_events() -> Sse<NoteEvent> {
///     let note = NoteEvent::NoteCreated(Note { text: "tea" });
///     Sse::new(stream::iter([(1, note), (2, NoteEvent::AllSent)])) // with the ids 1 and 2
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(App::new().routes(routes![note_events]))).await;
/// let mut events = app.get("/notes/events").stream().await;
/// let event = events.next_event().await.unwrap();
/// assert_eq!((&*event.name, &*event.data, &*event.id), ("note_created", r#"{"text":"tea"}"#, "1"));
/// assert_eq!(events.next_event().await.unwrap().name, "end");
/// assert!(events.next_event().await.is_none());
/// # });
/// ```
pub trait Events {
    /// Adds the events to the description of a stream.
    fn describe(events: &mut EventBuilder<'_, '_>);
}

/// Describes no events, because the handler chooses their names and data at run time.
impl Events for Event {
    fn describe(_: &mut EventBuilder<'_, '_>) {}
}
