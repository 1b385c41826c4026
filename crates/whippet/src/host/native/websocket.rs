//! WebSockets through axum, which uses tungstenite.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::ws;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::{Instant, sleep_until};

use super::server::{ConnectionHandle, InFlight};
use crate::Problem;
use crate::websocket::{Close, Message, upgrade_required};

pub(crate) const IS_SUPPORTED: bool = true;

/// The close code that `receive` returns for a lost connection (RFC 6455 section 7.1.5).
const LOST: u16 = 1006;

/// The close code that `receive` returns for a close frame without a code (RFC 6455 section 7.1.5).
const NO_CODE: u16 = 1005;

/// The close code that a server sends when it shuts down (RFC 6455 section 7.4.1).
const GOING_AWAY: u16 = 1001;

/// How long to wait for the peer's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Upgrade {
    upgrade: ws::WebSocketUpgrade,
    server: Option<ConnectionHandle>,
}

pub(crate) async fn upgrade(parts: &mut Parts, limit: usize) -> Result<Upgrade, Problem> {
    let upgrade = ws::WebSocketUpgrade::from_request_parts(parts, &()).await;
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    // If a message exceeds tungstenite's limit, tungstenite drops the connection without a close code. So this limit is
    // twice as high as the app's limit. A message between the two limits reaches `WebSocket::receive`, which closes the
    // socket with a close code.
    let limit = limit.saturating_mul(2);
    Ok(Upgrade {
        upgrade: upgrade.max_message_size(limit).max_frame_size(limit),
        server: parts.extensions.get().cloned(),
    })
}

impl Upgrade {
    pub(crate) fn respond<F, T>(self, run: F) -> Response
    where
        F: FnOnce(Connection) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let Self { upgrade, server } = self;
        let in_flight = server.as_ref().map(ConnectionHandle::hold);
        upgrade.on_upgrade(|socket| {
            run(Connection {
                socket: Some(socket),
                server,
                last_received: Instant::now(),
                is_pinged: false,
                _in_flight: in_flight,
            })
        })
    }
}

/// A WebSocket that pings a silent peer. The WebSocket closes if the peer stays silent, or if the server shuts down.
pub(crate) struct Connection {
    /// The open socket; `None` once the socket is closed.
    socket: Option<ws::WebSocket>,
    server: Option<ConnectionHandle>,
    last_received: Instant,
    is_pinged: bool,
    /// Keeps the server from stopping before the socket is closed.
    _in_flight: Option<InFlight>,
}

/// The result of waiting for a message.
enum Received {
    Frame(Option<Result<ws::Message, axum::Error>>),
    Silence,
    Shutdown,
}

impl Connection {
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        loop {
            let frame = match self.wait().await? {
                Received::Frame(frame) => frame,
                Received::Shutdown => {
                    let close = Close::new(GOING_AWAY, "the server is shutting down");
                    self.send(Message::Close(close.clone())).await;
                    return Some(Message::Close(close));
                }
                Received::Silence if self.is_pinged => None,
                Received::Silence => {
                    self.is_pinged = true;
                    let ping = ws::Message::Ping(Bytes::new());
                    // If the ping cannot be sent, the next read from the socket reports the failure.
                    drop(self.socket.as_mut()?.send(ping).await);
                    continue;
                }
            };
            self.last_received = Instant::now();
            self.is_pinged = false;
            return Some(match frame {
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
                    self.socket = None;
                    Message::Close(Close::new(LOST, ""))
                }
            });
        }
    }

    /// Waits for a frame, for the ping interval to end, or for the shutdown.
    async fn wait(&mut self) -> Option<Received> {
        let socket = self.socket.as_mut()?;
        let Some(server) = &self.server else {
            return Some(Received::Frame(socket.recv().await));
        };
        let pings = if self.is_pinged { 2 } else { 1 };
        let silence = sleep_until(self.last_received + server.ping_interval() * pings);
        Some(tokio::select! {
            frame = socket.recv() => Received::Frame(frame),
            () = silence => Received::Silence,
            () = server.shutdown() => Received::Shutdown,
        })
    }

    pub(crate) async fn send(&mut self, message: Message) -> bool {
        let Some(socket) = &mut self.socket else {
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

    /// Waits for the peer's part of the closing handshake, and then drops the connection.
    fn finish(&mut self) {
        if let Some(mut socket) = self.socket.take() {
            tokio::spawn(async move {
                let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
                drop(tokio::time::timeout(CLOSE_TIMEOUT, rest).await);
            });
        }
    }
}

/// Closes an open socket when its handler returns.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let mut open = Self {
                socket: Some(socket),
                server: self.server.take(),
                last_received: self.last_received,
                is_pinged: self.is_pinged,
                _in_flight: self._in_flight.take(),
            };
            runtime.spawn(async move {
                open.send(Message::Close(Close::new(1000, ""))).await;
            });
        }
    }
}
