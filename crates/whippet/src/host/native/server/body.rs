//! Bodies of requests and responses, as the server watches them.

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

/// How much of a body that the handler left unread is read and discarded, and for how long: a client that is still sending
/// reads no response, and a connection that is closed on it loses the response too (RFC 9112 section 9.6).
const MAX_DISCARDED: usize = 16 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(10);

/// The body of a request, which has to arrive at a minimum rate.
pub(super) struct RequestBody {
    /// `None` once it has ended.
    incoming: Option<Incoming>,
    /// How long the body may keep its reader waiting in all.
    patience: Duration,
    /// When the reader started to wait.
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Discards the rest if the handler does not read it; `None` where that is not needed.
    discard_for: Option<Arc<Activity>>,
}

impl RequestBody {
    pub(super) fn new(
        incoming: Incoming,
        patience: Duration,
        discard_for: Option<Arc<Activity>>,
    ) -> Self {
        let incoming = (!incoming.is_end_stream()).then_some(incoming);
        Self {
            incoming,
            patience,
            waiting_since: None,
            timer: None,
            discard_for,
        }
    }

    /// Ends the reader's wait, and adds to its patience what the bytes are worth.
    fn arrived(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.patience = self.patience.saturating_sub(since.elapsed());
        }
        self.timer = None;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.patience += Duration::from_secs(1) * bytes / MIN_RATE;
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
        let patience = this.patience;
        let timer = this
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(since + patience)));
        ready!(timer.as_mut().poll(cx));
        // The connection ends with the body: no request can follow on it.
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
            let in_flight = activity.start_request();
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

/// The body of a response, which keeps its request in flight until it has been sent.
pub(super) struct ResponseBody {
    body: Body,
    /// Ends the body early: set for streams of events, which have no other end.
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
