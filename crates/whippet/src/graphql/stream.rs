//! Streams of results: the protocol of `graphql-sse`, in the mode "distinct connections".

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, ready};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use tracing::Span;

use super::drive::Driven;
use super::executable::Executable;
use super::operation::{Operation, Report};
use super::respond::ResultBody;
use super::state::RequestState;
use crate::Problem;
use crate::response::{Event, Sse};

/// After this time without an event, the stream sends a comment, so that proxies keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// Responds with a stream: an event `next` for each result, and an event `complete` at the end.
pub(super) fn respond(
    executable: &Executable,
    operation: Operation,
    state: &Arc<RequestState>,
) -> Response {
    let Operation {
        request,
        report,
        failed,
    } = operation;
    let responses: BoxStream<'static, async_graphql::Response> = match failed {
        Some(response) => stream::iter([response]).boxed(),
        None => (executable.subscribe)(request),
    };
    let results = Results {
        responses: Driven::new(Arc::clone(&state.loads), responses),
        state: Arc::clone(state),
        report,
        errors: 0,
        span: Span::current(),
        is_complete: false,
    };
    let clock = state.context.clock();
    Sse::try_new(results)
        .keep_alive(clock, KEEP_ALIVE)
        .into_response()
}

/// The events of a stream. Writes the log line of the operation at the end of the stream, or when it is dropped because
/// the client has disconnected.
struct Results {
    responses: Driven,
    state: Arc<RequestState>,
    report: Report,
    errors: usize,
    span: Span,
    is_complete: bool,
}

impl Stream for Results {
    type Item = Result<Event, Problem>;

    fn poll_next(
        self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
    ) -> Poll<Option<Result<Event, Problem>>> {
        let this = self.get_mut();
        if this.is_complete {
            return Poll::Ready(None);
        }
        let _entered = this.span.enter();
        let Some(response) = ready!(this.responses.poll_next_unpin(poller)) else {
            this.is_complete = true;
            this.report.log(this.errors, &this.state.context);
            return Poll::Ready(Some(Ok(Event::data("").event("complete"))));
        };
        let (outcome, errors) = this.report.outcome(response, &this.state.context);
        this.errors += errors;
        let event = Event::json(&ResultBody::from(&outcome));
        Poll::Ready(Some(event.map(|event| event.event("next"))))
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        let _entered = self.span.enter();
        self.report.log(self.errors, &self.state.context);
    }
}
