//! Server-sent events (WHATWG HTML, section 9.2).

use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as Poller, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde::Serialize;
use serde_json::json;

use super::IntoEvent;
use crate::extract::Argument;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::routing::Reads;
use crate::{Clock, Problem};

/// A server-sent event. An event contains only the fields that were set.
///
/// In the name and the id of an event, each line break is replaced with a space, because a line break would end the
/// field. The data of an event may contain line breaks.
#[derive(Debug, Clone, Default)]
pub struct Event {
    text: String,
}

impl Event {
    /// Creates an event with this data. Browsers do not dispatch an event without data.
    pub fn data(data: impl AsRef<str>) -> Self {
        let mut event = Self::default();
        // CRLF, LF and CR all end a line (WHATWG HTML section 9.2.5).
        for line in data.as_ref().replace("\r\n", "\n").split(['\n', '\r']) {
            event.field("data", line);
        }
        event
    }

    /// Creates an event whose data is the value as JSON.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the value cannot be serialized as JSON.
    pub fn json(data: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::data(serde_json::to_string(data)?))
    }

    /// Creates a comment. Clients ignore comments, but a comment keeps an idle connection open.
    #[must_use]
    pub fn comment(text: &str) -> Self {
        let mut event = Self::default();
        event.field("", &in_one_line(text));
        event
    }

    /// Sets the name of the event. Without a name, browsers dispatch the event as `message`.
    #[must_use]
    pub fn event(mut self, name: &str) -> Self {
        self.field("event", &in_one_line(name));
        self
    }

    /// Sets the id of the event. When the client reconnects, it sends the last id as `Last-Event-ID`: see
    /// [`LastEventId`].
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.field("id", &in_one_line(id));
        self
    }

    /// Sets how long the client waits before it reconnects after the connection was lost, in whole milliseconds.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.field("retry", &after.as_millis().to_string());
        self
    }

    fn field(&mut self, name: &str, value: &str) {
        for part in [name, ": ", value, "\n"] {
            self.text.push_str(part);
        }
    }

    fn into_bytes(mut self) -> Bytes {
        self.text.push('\n');
        Bytes::from(self.text)
    }
}

fn in_one_line(text: &str) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}

/// A response that streams events as `text/event-stream`. The response ends when the stream ends or fails, or when the
/// client disconnects.
///
/// The items of the stream are [`Event`]s, or values of an enum with [`#[derive(Events)]`](super::Events), as in
/// `Sse<NoteEvent>`. The OpenAPI document describes the events of such an enum.
///
/// ```
/// use std::time::Duration;
/// use futures_util::stream;
/// use whippet::Clock;
/// use whippet::response::{Event, LastEventId, Sse};
///
/// async fn count(clock: Clock, LastEventId(last): LastEventId) -> Sse {
///     let next = last.and_then(|id| id.parse().ok()).map_or(0, |last: u32| last + 1);
///     let ticks = stream::unfold((clock.clone(), next), |(clock, number)| async move {
///         clock.sleep(Duration::from_secs(1)).await;
///         let text = number.to_string();
///         Some((Event::data(&text).id(&text), (clock, number + 1)))
///     });
///     Sse::new(ticks).keep_alive(clock, Duration::from_secs(15))
/// }
/// # let _ = count;
/// ```
#[must_use = "events are sent only if the handler returns the `Sse`"]
pub struct Sse<T = Event> {
    events: BoxStream<'static, Result<Event, Problem>>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Sse<T> {
    /// Creates a response from a stream that cannot fail.
    pub fn new<E>(events: impl Stream<Item = E> + Send + 'static) -> Self
    where
        E: IntoEvent<Kind = T> + 'static,
    {
        Self::try_new(events.map(Ok))
    }

    /// Creates a response from a stream that may fail. If the stream fails, the response logs the error and ends the
    /// connection, and the client reconnects.
    pub fn try_new<E>(events: impl Stream<Item = Result<E, Problem>> + Send + 'static) -> Self
    where
        E: IntoEvent<Kind = T> + 'static,
    {
        let events = events.map(|event| event.and_then(E::into_event));
        Self {
            events: events.boxed(),
            kind: PhantomData,
        }
    }

    /// Sends this id before the first event. If the client reconnects before the first event, it sends this id as
    /// `Last-Event-ID`, and so misses no event. The id is sent without data: clients remember the id, but dispatch no
    /// event.
    pub fn start_id(self, id: impl ToString) -> Self {
        let start = ready(Ok(Event::default().id(&id.to_string())));
        Self {
            events: stream::once(start).chain(self.events).boxed(),
            kind: PhantomData,
        }
    }

    /// Ends the response when the future `end` completes, for example when the credentials of the request expire.
    pub fn until(self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            events: self.events.take_until(Box::pin(end)).boxed(),
            kind: PhantomData,
        }
    }

    /// Sends a comment whenever no event was sent for the duration `after`, so that proxies do not close the connection
    /// as idle.
    pub fn keep_alive(self, clock: Clock, after: Duration) -> Self {
        Self {
            events: KeepAlive {
                silence: sleep(&clock, after),
                events: self.events,
                clock,
                after,
            }
            .boxed(),
            kind: PhantomData,
        }
    }
}

impl<T> std::fmt::Debug for Sse<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sse")
    }
}

impl<T> IntoResponse for Sse<T> {
    fn into_response(self) -> Response {
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/event-stream"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let bytes = self.events.map(|event| match event {
            Ok(event) => Ok(event.into_bytes()),
            Err(problem) => {
                tracing::error!(
                    error = &problem as &dyn std::error::Error,
                    "the event stream failed"
                );
                Err(problem)
            }
        });
        (headers, Body::from_stream(bytes)).into_response()
    }
}

fn sleep(clock: &Clock, time: Duration) -> BoxFuture<'static, ()> {
    let clock = clock.clone();
    Box::pin(async move { clock.sleep(time).await })
}

struct KeepAlive {
    events: BoxStream<'static, Result<Event, Problem>>,
    silence: BoxFuture<'static, ()>,
    clock: Clock,
    after: Duration,
}

impl Stream for KeepAlive {
    type Item = Result<Event, Problem>;

    fn poll_next(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = match this.events.as_mut().poll_next(poller) {
            Poll::Ready(next) => next,
            Poll::Pending => match this.silence.as_mut().poll(poller) {
                Poll::Ready(()) => Some(Ok(Event::comment(""))),
                Poll::Pending => return Poll::Pending,
            },
        };
        this.silence = sleep(&this.clock, this.after);
        Poll::Ready(next)
    }
}

/// Extracts `Last-Event-ID`. A client sends this header when it reconnects, with the id of the last event that it has
/// received. Extraction never fails.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastEventId(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let id = parts.headers.get("last-event-id");
        // Browsers send the id in UTF-8, which `HeaderValue::to_str` rejects.
        let id = id.and_then(|id| std::str::from_utf8(id.as_bytes()).ok());
        Ok(Self(id.filter(|id| !id.is_empty()).map(str::to_owned)))
    }
}

impl Argument for LastEventId {
    const READS: Reads = Reads::Headers(&["last-event-id"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        let doc = "The id of the last event that the client has received.";
        let schema = json!({"type": "string", "description": doc});
        operation.parameter(ParameterLocation::Header, "last-event-id", schema, false);
    }
}
