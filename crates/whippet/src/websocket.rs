//! WebSockets (RFC 6455), natively and on Workers.
//!
//! On Spin, whose `wasi:http` has no way to leave HTTP, an upgrade is answered with a 501 problem.

use std::fmt;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::extract::{Argument, items};
use crate::host::websocket as host;
use crate::routing::Reads;
use crate::{Context, Problem};

/// A request to go on as a WebSocket: an extractor.
///
/// It refuses a request that asks for no upgrade with 426, and every request where the host has no WebSockets with 501. A
/// browser opens a socket from any page and sends its cookies along: an API that knows its callers by cookies has to check
/// `Origin` first.
///
/// ```
/// use whippet::axum::response::Response;
/// use whippet::websocket::{Message, WebSocket, WebSocketUpgrade};
///
/// async fn shout(upgrade: WebSocketUpgrade) -> Response {
///     upgrade.on_upgrade(|mut socket: WebSocket| async move {
///         while let Some(message) = socket.receive().await {
///             if let Message::Text(text) = message
///                 && socket.send(Message::Text(text.to_uppercase())).await.is_err()
///             {
///                 break;
///             }
///         }
///     })
/// }
/// # let _ = shout;
/// ```
pub struct WebSocketUpgrade {
    upgrade: host::Upgrade,
    limit: usize,
    offered: Vec<String>,
    chosen: Option<HeaderValue>,
}

impl WebSocketUpgrade {
    /// Agrees on the first of these subprotocols that the client offers, if it offers any of them.
    #[must_use]
    pub fn protocols(mut self, spoken: &[&str]) -> Self {
        let offered = self.offered.iter();
        let chosen = spoken
            .iter()
            .find(|name| offered.clone().any(|offer| offer == *name));
        self.chosen = chosen.and_then(|name| HeaderValue::from_str(name).ok());
        self
    }

    /// The answer that opens the socket, which `handler` is then given. When it returns, the socket is closed with 1000 unless it
    /// was before.
    ///
    /// The handler runs beside everything else. Natively a panic ends it and its socket alone.
    pub fn on_upgrade<F, T>(self, handler: F) -> Response
    where
        F: FnOnce(WebSocket) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let limit = self.limit;
        let run = move |connection| handler(WebSocket { connection, limit });
        let mut response = self.upgrade.respond(run);
        if let Some(chosen) = self.chosen {
            let headers = response.headers_mut();
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, chosen);
        }
        response
    }
}

impl fmt::Debug for WebSocketUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketUpgrade")
            .field("offered", &self.offered)
            .finish_non_exhaustive()
    }
}

impl FromRequestParts<Context> for WebSocketUpgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        if host::IS_SUPPORTED && !asks_for_websocket(&parts.headers) {
            return Err(upgrade_required());
        }
        let offered = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let offered = offered.iter().filter_map(|value| value.to_str().ok());
        let offered = offered.flat_map(items).map(str::to_owned).collect();
        let limit = context.body_limit();
        Ok(Self {
            upgrade: host::upgrade(parts, limit).await?,
            limit,
            offered,
            chosen: None,
        })
    }
}

impl Argument for WebSocketUpgrade {
    const READS: Reads = Reads::Headers(&[
        "connection",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "upgrade",
    ]);
}

/// RFC 6455 section 4.2.1. What else it asks for the host checks.
fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let has = |name: HeaderName, wanted: &str| {
        let values = headers.get_all(name).into_iter();
        let mut items = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(items);
        items.any(|item| item.eq_ignore_ascii_case(wanted))
    };
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    has(header::UPGRADE, "websocket") && version.is_none_or(|version| version == "13")
}

/// 426, with what to ask for (RFC 9110 section 15.5.22, RFC 6455 section 4.2.2).
pub(crate) fn upgrade_required() -> Problem {
    let detail = "this is a WebSocket: ask for `Upgrade: websocket` in version 13";
    Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
        .header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .header(header::CONNECTION, HeaderValue::from_static("upgrade"))
        .header(
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        )
}

/// What is sent over a socket. Pings are answered by the host and not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// The other side closes the socket; nothing comes after it.
    Close(Close),
}

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The code: 1000 for all is done, 3000 to 4999 for the API's own reasons (RFC 6455 section 7.4); 1005 is received where the
    /// other side gave none, 1006 where the connection was lost.
    pub code: u16,
    /// For people, in at most 123 bytes.
    pub reason: String,
}

/// The longest reason, in bytes: a control frame has 125 (RFC 6455 section 5.5).
const LONGEST_REASON: usize = 123;

impl Close {
    /// With this code and reason.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Whether it may be sent.
    fn is_sendable(&self) -> bool {
        let is_code = matches!(self.code, 1000..=1003 | 1007..=1011 | 3000..=4999);
        is_code && self.reason.len() <= LONGEST_REASON
    }
}

/// An open socket.
pub struct WebSocket {
    connection: host::Connection,
    /// The longest message that is received, in bytes.
    limit: usize,
}

/// The code for a message that is too long (RFC 6455 section 7.4.1).
const TOO_LONG: u16 = 1009;

impl WebSocket {
    /// The next message, once there is one; none after [`Message::Close`].
    ///
    /// A message over the app's body limit closes the socket with 1009; natively one of twice that size cuts the connection.
    pub async fn receive(&mut self) -> Option<Message> {
        let message = self.connection.receive().await?;
        let length = match &message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
            Message::Close(_) => 0,
        };
        if length <= self.limit {
            return Some(message);
        }
        let close = Message::Close(Close::new(TOO_LONG, "the message is too long"));
        self.connection.send(close.clone()).await;
        Some(close)
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// When the socket is closed, or a [`Message::Close`] has a code or reason that cannot be sent.
    pub async fn send(&mut self, message: Message) -> Result<(), SocketError> {
        if let Message::Close(close) = &message
            && !close.is_sendable()
        {
            return Err(SocketError::Unsendable(close.clone()));
        }
        match self.connection.send(message).await {
            true => Ok(()),
            false => Err(SocketError::Closed),
        }
    }

    /// Closes the socket.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::send`].
    pub async fn close(&mut self, code: u16, reason: &str) -> Result<(), SocketError> {
        self.send(Message::Close(Close::new(code, reason))).await
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocket")
    }
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketError {
    /// The socket is closed.
    Closed,
    /// The code is reserved or the reason is too long.
    Unsendable(Close),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the socket is closed"),
            Self::Unsendable(Close { code, reason }) => write!(
                f,
                "a socket cannot be closed with {code} and a reason of {} bytes: use 1000 or 3000 to 4999, and at most {LONGEST_REASON} bytes",
                reason.len()
            ),
        }
    }
}

impl std::error::Error for SocketError {}

/// The answer where the host cannot upgrade.
#[allow(dead_code, reason = "each host uses one of these")]
pub(crate) fn not_implemented() -> Problem {
    let detail = "this host has no WebSockets";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not_implemented", detail)
}

/// A response that says nothing but that the protocol is another from now on.
#[allow(dead_code, reason = "each host uses one of these")]
pub(crate) fn switching() -> Response {
    StatusCode::SWITCHING_PROTOCOLS.into_response()
}
