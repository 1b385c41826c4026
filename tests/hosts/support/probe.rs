//! Access to the server of the app `examples/probe`: shared for most scenarios, exclusive for scenarios in which the
//! probe panics.

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

/// Returns the probe for a scenario that can run beside other scenarios.
pub(crate) fn shared(host: Host) -> impl Deref<Target = Server> {
    let lock = LOCKS[host as usize].read();
    ProbeGuard {
        server: host.probe(),
        _lock: lock.unwrap_or_else(PoisonError::into_inner),
    }
}

/// Returns the probe for one scenario only, because a panic may end other requests in flight in the same instance.
pub(crate) fn exclusive(host: Host) -> impl Deref<Target = Server> {
    let lock = LOCKS[host as usize].write();
    ProbeGuard {
        server: host.probe(),
        _lock: lock.unwrap_or_else(PoisonError::into_inner),
    }
}
