//! The bodies of requests and responses, with their time limits.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

use super::activity::{Activity, InFlight};
use super::limits::MIN_RATE;
use crate::extract::TooSlow;

/// If a handler does not read the whole request body, the server reads and discards the rest: at most `MAX_DISCARDED`
/// bytes, and for at most `DISCARD_TIME`. If the server closed the connection while the client was still sending the
/// body, the client might lose the response (RFC 9112 section 9.6).
const MAX_DISCARDED: usize = 16 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(10);

/// The body of a request, which must arrive at a minimum rate.
pub(super) struct RequestBody {
    /// The body that hyper receives; `None` once the body has ended.
    incoming: Option<Incoming>,
    /// How long the app may still wait for bytes of this body. Each wait reduces this time.
    time_left: Duration,
    /// When the reader of the body started to wait for bytes; `None` while the reader does not wait.
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// The activity of the connection, which counts as busy while the server discards the rest of the body. `None` if
    /// the server need not discard the rest.
    discard_for: Option<Arc<Activity>>,
}

impl RequestBody {
    pub(super) fn new(
        incoming: Incoming,
        time_left: Duration,
        discard_for: Option<Arc<Activity>>,
    ) -> Self {
        Self {
            incoming: Some(incoming),
            time_left,
            waiting_since: None,
            timer: None,
            discard_for,
        }
    }

    /// Ends the reader's wait. Extends the time limit by one second for every [`MIN_RATE`] bytes that have arrived.
    fn arrived(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.time_left = self.time_left.saturating_sub(since.elapsed());
        }
        self.timer = None;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.time_left += Duration::from_secs(1) * bytes / MIN_RATE;
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(incoming).poll_frame(cx) {
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => {
                    this.incoming = None;
                    0
                }
            };
            this.arrived(bytes);
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::new)));
        }
        let since = *this.waiting_since.get_or_insert_with(Instant::now);
        let time_left = this.time_left;
        let timer = this
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(since + time_left)));
        ready!(timer.as_mut().poll(cx));
        // Drop the unfinished body, which ends the connection, so that no other request can follow.
        this.incoming = None;
        Poll::Ready(Some(Err(Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let incoming = self.incoming.as_ref();
        incoming.map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let rest = self.incoming.take().filter(|rest| !rest.is_end_stream());
        if let (Some(rest), Some(activity)) = (rest, self.discard_for.take())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let in_flight = activity.start();
            runtime.spawn(async move {
                drop(tokio::time::timeout(DISCARD_TIME, discard(rest)).await);
                drop(in_flight);
            });
        }
    }
}

async fn discard(mut rest: Incoming) {
    let mut discarded = 0;
    while discarded <= MAX_DISCARDED {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut rest).poll_frame(cx)).await;
        let Some(Ok(frame)) = frame else { return };
        discarded += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// The body of a response. The request counts as in flight until this value is dropped.
pub(super) struct ResponseBody {
    body: Body,
    /// A future that ends the body when the server shuts down. Only event streams have such a future, because an event
    /// stream may never end.
    end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _in_flight: InFlight,
}

impl ResponseBody {
    pub(super) fn new(
        body: Body,
        end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
        in_flight: InFlight,
    ) -> Self {
        Self {
            body,
            end,
            _in_flight: in_flight,
        }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending()
            && let Some(end) = &mut self.end
        {
            ready!(end.as_mut().poll(cx));
            return Poll::Ready(None);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
