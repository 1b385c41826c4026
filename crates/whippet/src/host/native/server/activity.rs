//! Tracks the activity of a connection, and determines when an idle connection is closed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Shared;

/// How long an idle connection stays open while new connections wait.
const IDLE_UNDER_PRESSURE: Duration = Duration::from_secs(1);

/// The activity of one connection. Holds the connection's permit, which counts against the maximum number of
/// connections, until all work of the connection has ended. The work includes WebSockets, and handlers whose client has
/// disconnected.
pub(super) struct Activity {
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
    requests: AtomicUsize,
    is_http2: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// The state of a connection that waits for the next request.
#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    /// The time at which the first byte of the next request arrived.
    first_byte: Option<Instant>,
}

impl Activity {
    pub(super) fn new(shared: Arc<Shared>, permit: OwnedSemaphorePermit) -> Arc<Self> {
        let since = Instant::now();
        Arc::new(Self {
            shared,
            _permit: permit,
            requests: AtomicUsize::new(0),
            is_http2: AtomicBool::new(false),
            waiting: Mutex::new(Waiting {
                since,
                first_byte: None,
            }),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records when the first byte of a request arrives. On HTTP/2 no time is recorded, because the first byte that
    /// arrives does not start a request.
    pub(super) fn received(&self, bytes: &[u8]) {
        if bytes.is_empty() || self.is_busy() || self.is_http2.load(Ordering::Relaxed) {
            return;
        }
        // The first bytes of an HTTP/2 connection are its preface (RFC 9113 section 3.4).
        if bytes.starts_with(b"PRI ") {
            self.is_http2.store(true, Ordering::Relaxed);
            return;
        }
        self.waiting().first_byte.get_or_insert_with(Instant::now);
    }

    /// Counts a request as in flight until the returned guard is dropped.
    pub(super) fn start_request(self: &Arc<Self>) -> InFlight {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// Returns the time at which to close the connection if no request arrives, or `None` while a request is in flight.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.is_busy() {
            return None;
        }
        let limits = &self.shared.limits;
        let Waiting { since, first_byte } = *self.waiting();
        Some(match first_byte {
            Some(first_byte) => first_byte + limits.header,
            None if self.shared.is_full() => since + limits.idle.min(IDLE_UNDER_PRESSURE),
            None => since + limits.idle,
        })
    }
}

/// A guard for a request in flight or for other work, which keeps the connection open and the server running.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let activity = &self.0;
        if activity.requests.load(Ordering::Relaxed) == 1 {
            *activity.waiting() = Waiting {
                since: Instant::now(),
                first_byte: None,
            };
        }
        activity.requests.fetch_sub(1, Ordering::Relaxed);
        activity.shared.request_ended();
    }
}

impl std::fmt::Debug for Activity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Activity")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

/// A request extension that gives access to the connection of the request. WebSockets need this access, because they
/// outlive the response.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHandle(pub(super) Arc<Activity>);

impl ConnectionHandle {
    /// Keeps the server running until the returned guard is dropped.
    pub(crate) fn hold(&self) -> InFlight {
        self.0.start_request()
    }

    /// Returns how long the peer of a WebSocket may be silent before it gets a ping, and how long it has to respond to
    /// the ping.
    pub(crate) fn ping_interval(&self) -> Duration {
        self.0.shared.limits.ping
    }

    /// Completes when the server starts to shut down.
    pub(crate) async fn shutdown(&self) {
        self.0.shared.shutdown.started().await;
    }
}
