//! The results of an operation, one after the other.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context as Poller, Poll};

use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use tracing::Span;

use super::drive::Driven;
use super::executable::Executable;
use super::operation::{Operation, Outcome, Report};
use super::state::RequestState;

/// The results of an operation: one for a query or a mutation, and any number for a subscription. Writes the log line
/// of the operation at the end of the stream. If the client does not want more results, the stream is dropped, and
/// writes the log line when it is dropped. The work that resolvers have added with `AfterResponse` runs before the
/// stream ends.
pub(super) struct Results {
    responses: Driven,
    state: Arc<RequestState>,
    report: Report,
    errors: usize,
    span: Span,
    /// The work that resolvers have added with `AfterResponse`. `None` until the operation has no more results.
    after: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

impl Results {
    pub(super) fn new(
        executable: &Executable,
        operation: Operation,
        state: &Arc<RequestState>,
    ) -> Self {
        let Operation {
            request,
            report,
            failed,
        } = operation;
        let responses: BoxStream<'static, async_graphql::Response> = match failed {
            Some(response) => stream::iter([response]).boxed(),
            None => (executable.subscribe)(request),
        };
        Self {
            responses: Driven::new(Arc::clone(&state.loads), responses),
            state: Arc::clone(state),
            report,
            errors: 0,
            span: Span::current(),
            after: None,
            is_over: false,
        }
    }

    fn end(&mut self) {
        if !self.is_over {
            self.is_over = true;
            self.report.log(self.errors, &self.state.context);
        }
    }
}

impl Stream for Results {
    type Item = Outcome;

    fn poll_next(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<Outcome>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        let span = this.span.clone();
        let _entered = span.enter();
        if this.after.is_none() {
            if let Some(response) = task::ready!(this.responses.poll_next_unpin(poller)) {
                let (outcome, errors) = this.report.outcome(response, &this.state.context);
                this.errors += errors;
                return Poll::Ready(Some(outcome));
            }
            let scope = this.state.context.scope();
            let after = scope.and_then(|scope| scope.after.take(|| span.clone()));
            this.after = Some(after.unwrap_or_else(|| Box::pin(ready(()))));
        }
        if let Some(after) = &mut this.after {
            task::ready!(after.as_mut().poll(poller));
        }
        this.end();
        Poll::Ready(None)
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        let span = self.span.clone();
        let _entered = span.enter();
        self.end();
    }
}
