//! The probe, whose scenarios take turns where one of them breaks things.

use std::ops::Deref;
use std::sync::{PoisonError, RwLock};

use super::host::Host;
use super::server::Server;

static TURNS: [RwLock<()>; Host::ALL.len()] = [const { RwLock::new(()) }; Host::ALL.len()];

struct Turn<T> {
    server: &'static Server,
    _held: T,
}

impl<T> Deref for Turn<T> {
    type Target = Server;

    fn deref(&self) -> &Server {
        self.server
    }
}

/// The probe, beside other scenarios.
pub(crate) fn shared(host: Host) -> impl Deref<Target = Server> {
    let turn = TURNS[host as usize].read();
    Turn {
        server: host.probe(),
        _held: turn.unwrap_or_else(PoisonError::into_inner),
    }
}

/// The probe alone: a panic may take down what else is under way in the instance.
pub(crate) fn alone(host: Host) -> impl Deref<Target = Server> {
    let turn = TURNS[host as usize].write();
    Turn {
        server: host.probe(),
        _held: turn.unwrap_or_else(PoisonError::into_inner),
    }
}
