//! Access to the server of the app `examples/probe`. Most scenarios share the server. Scenarios in which the probe
//! panics have exclusive access.

use std::ops::Deref;
use std::sync::{PoisonError, RwLock};

use super::host::Host;
use super::server::Server;

static LOCKS: [RwLock<()>; Host::ALL.len()] = [const { RwLock::new(()) }; Host::ALL.len()];

struct ProbeGuard<T> {
    server: &'static Server,
    _lock: T,
}

impl<T> Deref for ProbeGuard<T> {
    type Target = Server;

    fn deref(&self) -> &Server {
        self.server
    }
}

/// Returns the probe for a scenario that may run at the same time as other scenarios.
pub(crate) fn shared(host: Host) -> impl Deref<Target = Server> {
    let lock = LOCKS[host as usize].read();
    ProbeGuard {
        server: host.probe(),
        _lock: lock.unwrap_or_else(PoisonError::into_inner),
    }
}

/// Waits until no other scenario uses the probe, and returns the probe. A scenario with a panic needs exclusive access,
/// because a panic may end other requests in flight in the instance.
pub(crate) fn exclusive(host: Host) -> impl Deref<Target = Server> {
    let lock = LOCKS[host as usize].write();
    ProbeGuard {
        server: host.probe(),
        _lock: lock.unwrap_or_else(PoisonError::into_inner),
    }
}
