//! Streams of results: the protocol of `graphql-sse`, in the mode "distinct connections".

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};

use super::executable::Executable;
use super::operation::Operation;
use super::respond::ResultBody;
use super::results::Results;
use super::state::RequestState;
use crate::response::{Event, Sse};

/// After this time without an event, the stream sends a comment, so that proxies keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// Responds with a stream: an event `next` for each result, and an event `complete` at the end.
pub(super) fn respond(
    executable: &Executable,
    operation: Operation,
    state: &Arc<RequestState>,
) -> Response {
    let results = Results::new(executable, operation, state).map(|outcome| {
        let event = Event::json(&ResultBody::from(&outcome));
        event.map(|event| event.event("next"))
    });
    let complete = stream::iter([Ok(Event::data("").event("complete"))]);
    let clock = state.context.clock();
    Sse::try_new(results.chain(complete))
        .keep_alive(clock, KEEP_ALIVE)
        .into_response()
}
