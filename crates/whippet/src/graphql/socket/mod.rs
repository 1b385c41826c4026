//! Operations over a WebSocket: the subprotocol `graphql-transport-ws`, as `PROTOCOL.md` of the npm package `graphql-ws`
//! describes it.

mod frames;
mod init;
mod message;
mod origin;
mod session;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use tracing::{Instrument, Span};

pub use init::ConnectionInit;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use origin::ORIGIN_NOT_ALLOWED;
pub(super) use origin::Origins;

use super::INTROSPECTION;
use super::server::Server;
use crate::websocket::{Close, Message, WebSocket, WebSocketUpgrade};
use crate::{Context, Problem};
use session::Session;

/// The name of the subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// The close code for a client that does not offer the subprotocol.
const PROTOCOL_NOT_ACCEPTABLE: u16 = 4406;

/// Opens a socket. The operations on the socket resolve their dependencies from `request`.
///
/// Fails with a 403 if a page of another site opens the socket, and with a 501 on a host without WebSockets.
pub(super) async fn respond(
    server: Arc<Server>,
    request: Request,
    context: Context,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    server.origins.check(&parts.headers)?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &context).await?;
    let upgrade = upgrade.protocols(&[PROTOCOL]);
    // Checks before the socket opens that the schema can be served. Without this check, the socket would open, and then
    // each operation on the socket would fail.
    let introspection = context.config().flag(INTROSPECTION)?;
    server.executable(introspection)?;
    let has_protocol = upgrade.has_protocol();
    let session = Session::new(server, parts, context, introspection);
    let run = move |mut socket: WebSocket| async move {
        if has_protocol {
            session.run(socket).await;
        } else {
            // The upgrade is not rejected: a script in a browser can read a close code, but not the status of a
            // rejected upgrade.
            let close = Close::new(PROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable");
            drop(socket.send(Message::Close(close)).await);
        }
    };
    let span = Span::current();
    Ok(upgrade.on_upgrade(move |socket| run(socket).instrument(span)))
}
