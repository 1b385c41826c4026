//! Rejects WebSocket upgrades on hosts without WebSockets. On Spin, `wasi:http` cannot switch to another protocol.

use axum::http::request::Parts;
use axum::response::Response;

use crate::Problem;
use crate::websocket::{Message, not_implemented};

pub(crate) const IS_SUPPORTED: bool = false;

/// A type without values. No value is ever needed, because `upgrade` always fails.
pub(crate) enum Upgrade {}

pub(crate) async fn upgrade(_: &mut Parts, _: usize) -> Result<Upgrade, Problem> {
    Err(not_implemented())
}

impl Upgrade {
    pub(crate) fn respond<F, T>(self, _: F) -> Response
    where
        F: FnOnce(Connection) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        match self {}
    }
}

/// A type without values. No value is ever needed, because `upgrade` always fails.
pub(crate) enum Connection {}

impl Connection {
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        match *self {}
    }

    pub(crate) async fn send(&mut self, _: Message) -> bool {
        match *self {}
    }
}
