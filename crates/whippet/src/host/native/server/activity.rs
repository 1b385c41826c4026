//! Tracks the activity of a connection, and determines when an idle connection is closed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Shared;

/// How long an idle connection stays open while new connections wait. During the shutdown, this is also how long a
/// connection stays open if nothing has arrived on it.
const IDLE_UNDER_PRESSURE: Duration = Duration::from_secs(1);

/// The activity of one connection. Each connection holds a permit until all its work has ended. The number of permits
/// limits the number of connections. The work of a connection includes its WebSockets, and handlers that still run
/// after the client has disconnected.
pub(super) struct Activity {
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The number of [`InFlight`] guards. Each request in flight, each unfinished write and each WebSocket has a guard.
    in_flight: usize,
    /// When the connection was opened, or when its last work ended. On HTTP/2, a write does not count as work.
    idle_since: Instant,
    /// When the first byte of the next request arrived; `None` if no byte has arrived.
    first_byte: Option<Instant>,
    /// Whether the client has sent anything.
    has_received: bool,
    is_http2: bool,
}

impl Activity {
    pub(super) fn new(shared: Arc<Shared>, permit: OwnedSemaphorePermit) -> Arc<Self> {
        Arc::new(Self {
            shared,
            _permit: permit,
            state: Mutex::new(State {
                in_flight: 0,
                idle_since: Instant::now(),
                first_byte: None,
                has_received: false,
                is_http2: false,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that bytes have arrived. On HTTP/1.1, also records when the first byte of a request arrives. On HTTP/2,
    /// this time is not recorded, because bytes may arrive that do not belong to a request.
    pub(super) fn received(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.has_received |= !bytes.is_empty();
        if bytes.is_empty() || state.in_flight > 0 || state.is_http2 {
            return;
        }
        // The first bytes of an HTTP/2 connection are its preface (RFC 9113 section 3.4).
        if bytes.starts_with(b"PRI ") {
            state.is_http2 = true;
            return;
        }
        state.first_byte.get_or_insert_with(Instant::now);
    }

    /// Returns whether the client has sent anything.
    pub(super) fn has_received(&self) -> bool {
        self.state().has_received
    }

    /// Counts a request, or other work, as in flight until the returned guard is dropped.
    pub(super) fn start(self: &Arc<Self>) -> InFlight {
        self.hold(false)
    }

    /// Counts an unfinished write as in flight until the returned guard is dropped.
    pub(super) fn start_write(self: &Arc<Self>) -> InFlight {
        self.hold(true)
    }

    fn hold(self: &Arc<Self>, is_write: bool) -> InFlight {
        self.state().in_flight += 1;
        self.shared.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight {
            activity: Arc::clone(self),
            is_write,
        }
    }

    /// Returns the time at which the connection must be closed if no request arrives. Returns `None` while work is in
    /// flight.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        if state.in_flight > 0 {
            return None;
        }
        let limits = &self.shared.limits;
        let is_unused_at_shutdown = !state.has_received && self.shared.shutdown.has_started();
        Some(match state.first_byte {
            Some(first_byte) => first_byte + limits.header,
            None if self.shared.is_full() || is_unused_at_shutdown => {
                state.idle_since + limits.idle.min(IDLE_UNDER_PRESSURE)
            }
            None => state.idle_since + limits.idle,
        })
    }
}

impl std::fmt::Debug for Activity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Activity")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// A guard for work in flight: a request, an unfinished write or a WebSocket. While the guard exists, the connection
/// stays open and the server keeps running.
#[derive(Debug)]
pub(crate) struct InFlight {
    activity: Arc<Activity>,
    is_write: bool,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        {
            let mut state = self.activity.state();
            state.in_flight -= 1;
            // On HTTP/2, the server also writes pings, which must not keep an idle connection open.
            if !(self.is_write && state.is_http2) {
                state.idle_since = Instant::now();
            }
            if state.in_flight == 0 {
                state.first_byte = None;
            }
        }
        self.activity.shared.work_ended();
    }
}

/// A request extension that gives access to the request's connection. WebSockets need this access, because they outlive
/// the response.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHandle(pub(super) Arc<Activity>);

impl ConnectionHandle {
    /// Keeps the server running until the returned guard is dropped.
    pub(crate) fn hold(&self) -> InFlight {
        self.0.start()
    }

    /// Returns the ping interval of WebSockets. A peer that is silent for this time gets a ping, and must respond
    /// within the same time.
    pub(crate) fn ping_interval(&self) -> Duration {
        self.0.shared.limits.ping
    }

    /// Completes when the server starts to shut down.
    pub(crate) async fn shutdown(&self) {
        self.0.shared.shutdown.started().await;
    }
}
