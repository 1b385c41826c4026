//! WebSockets through axum's, which are tungstenite's.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws;
use axum::http::request::Parts;
use axum::response::Response;

use crate::Problem;
use crate::websocket::{Close, Message, upgrade_required};

pub(crate) const IS_SUPPORTED: bool = true;

/// Of a connection that was lost, and of a close frame without a code (RFC 6455 section 7.1.5).
const LOST: u16 = 1006;
const NO_CODE: u16 = 1005;

/// How long the other side is given to close.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Upgrade(ws::WebSocketUpgrade);

pub(crate) async fn upgrade(parts: &mut Parts, limit: usize) -> Result<Upgrade, Problem> {
    let upgrade = ws::WebSocketUpgrade::from_request_parts(parts, &()).await;
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    // What is a little too long is received, to be answered with a code.
    let limit = limit.saturating_mul(2);
    Ok(Upgrade(
        upgrade.max_message_size(limit).max_frame_size(limit),
    ))
}

impl Upgrade {
    pub(crate) fn respond<F, T>(self, run: F) -> Response
    where
        F: FnOnce(Connection) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        self.0.on_upgrade(|socket| run(Connection(Some(socket))))
    }
}

/// None once it is closed.
pub(crate) struct Connection(Option<ws::WebSocket>);

impl Connection {
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        loop {
            let received = self.0.as_mut()?.recv().await;
            return Some(match received {
                Some(Ok(ws::Message::Text(text))) => Message::Text(text.as_str().to_owned()),
                Some(Ok(ws::Message::Binary(bytes))) => Message::Binary(bytes),
                Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => continue,
                Some(Ok(ws::Message::Close(frame))) => {
                    self.finish();
                    Message::Close(match frame {
                        Some(frame) => Close::new(frame.code, frame.reason.as_str()),
                        None => Close::new(NO_CODE, ""),
                    })
                }
                Some(Err(_)) | None => {
                    self.0 = None;
                    Message::Close(Close::new(LOST, ""))
                }
            });
        }
    }

    pub(crate) async fn send(&mut self, message: Message) -> bool {
        let Some(socket) = &mut self.0 else {
            return false;
        };
        let sent = match message {
            Message::Text(text) => socket.send(ws::Message::Text(text.into())).await,
            Message::Binary(bytes) => socket.send(ws::Message::Binary(bytes)).await,
            Message::Close(Close { code, reason }) => {
                let reason = reason.into();
                let sent = socket
                    .send(ws::Message::Close(Some(ws::CloseFrame { code, reason })))
                    .await;
                self.finish();
                sent
            }
        };
        sent.is_ok()
    }

    /// Waits for the other side's part of the closing handshake, and hangs up.
    fn finish(&mut self) {
        if let Some(mut socket) = self.0.take() {
            tokio::spawn(async move {
                let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
                drop(tokio::time::timeout(PATIENCE, rest).await);
            });
        }
    }
}

/// Whose handler has returned.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let mut open = Self(Some(socket));
            runtime.spawn(async move {
                open.send(Message::Close(Close::new(1000, ""))).await;
            });
        }
    }
}
