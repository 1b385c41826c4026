//! Polls the execution of a request together with the loads of the request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_graphql::Response;
use async_graphql::futures_util::stream::BoxStream;
use futures_util::future::{BoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use super::loads::Loads;

/// The running loads.
struct Running {
    loads: Arc<Loads>,
    batches: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Running {
    fn new(loads: Arc<Loads>) -> Self {
        Self {
            loads,
            batches: FuturesUnordered::new(),
        }
    }

    /// Polls `execution`, and loads the values that its resolvers wait for. A batch of keys is loaded only when no
    /// resolver can continue, so the batch has the keys of all resolvers.
    fn poll<T>(
        &mut self,
        poller: &mut Context<'_>,
        mut execution: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        loop {
            if let Poll::Ready(result) = execution(poller) {
                return Poll::Ready(result);
            }
            self.batches.extend(self.loads.take_new());
            match self.batches.poll_next_unpin(poller) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Polls an execution and its loads until the execution ends.
pub(super) async fn drive<T>(loads: &Arc<Loads>, mut execution: BoxFuture<'_, T>) -> T {
    let mut running = Running::new(Arc::clone(loads));
    poll_fn(move |poller| running.poll(poller, |poller| execution.as_mut().poll(poller))).await
}

/// The responses of an operation, as a stream that also polls the loads of the operation.
pub(super) struct Driven {
    running: Running,
    responses: BoxStream<'static, Response>,
}

impl Driven {
    pub(super) fn new(loads: Arc<Loads>, responses: BoxStream<'static, Response>) -> Self {
        Self {
            running: Running::new(loads),
            responses,
        }
    }
}

impl Stream for Driven {
    type Item = Response;

    fn poll_next(self: Pin<&mut Self>, poller: &mut Context<'_>) -> Poll<Option<Response>> {
        let Self { running, responses } = self.get_mut();
        let next = running.poll(poller, |poller| responses.poll_next_unpin(poller));
        if next.is_ready() {
            running.loads.clear();
        }
        next
    }
}
