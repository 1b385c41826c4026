//! WebSockets (RFC 6455), natively and on Workers.
//!
//! On Spin, the response to a WebSocket upgrade is a 501 problem, because `wasi:http` cannot switch to another
//! protocol.

use std::fmt;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::extract::{Argument, items};
use crate::host::websocket as host;
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::Reads;
use crate::{Context, Problem};

/// Extracts a request to upgrade the connection to a WebSocket.
///
/// If the request does not ask for a WebSocket, the response is a 426. On a host without WebSockets, the response is
/// always a 501. A page on any site can open a WebSocket to the API, and the browser then sends the API's cookies. An
/// API that authenticates by cookies must therefore check the header `Origin` before it upgrades a connection.
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
    /// Selects the first subprotocol in `supported` that the client offers.
    #[must_use]
    pub fn protocols(mut self, supported: &[&str]) -> Self {
        let offered = self.offered.iter();
        let chosen = supported
            .iter()
            .find(|name| offered.clone().any(|offer| offer == *name));
        self.chosen = chosen.and_then(|name| HeaderValue::from_str(name).ok());
        self
    }

    /// Returns whether a subprotocol was selected.
    #[cfg(feature = "graphql")]
    pub(crate) fn has_protocol(&self) -> bool {
        self.chosen.is_some()
    }

    /// Returns the response that opens the socket. Then `handler` runs with the open socket. If the socket is still
    /// open when `handler` returns, the socket is closed with the code 1000.
    ///
    /// The handler runs concurrently with other requests. If the handler panics on the native host, only this handler
    /// and its socket end.
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

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.status(StatusCode::SWITCHING_PROTOCOLS);
        operation.problem(&types::UPGRADE_REQUIRED);
        operation.problem(&types::NOT_IMPLEMENTED);
    }
}

/// Returns whether a request asks for a WebSocket, for operations that also serve other requests. On Spin, `wasi:http`
/// forbids the headers `Upgrade` and `Connection`, so this function looks for the header `Sec-WebSocket-Key` instead.
#[cfg(feature = "graphql")]
pub(crate) fn is_requested(headers: &HeaderMap) -> bool {
    match host::IS_SUPPORTED {
        true => asks_for_websocket(headers),
        false => headers.contains_key(header::SEC_WEBSOCKET_KEY),
    }
}

/// Returns whether the request asks for a WebSocket (RFC 6455 section 4.2.1). The host checks the other rules of RFC
/// 6455 section 4.2.1.
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

/// Returns a 426. Its headers name the required upgrade (RFC 9110 section 15.5.22, RFC 6455 section 4.2.2).
pub(crate) fn upgrade_required() -> Problem {
    let detail =
        "this URL opens a WebSocket: send `Upgrade: websocket` and `Sec-WebSocket-Version: 13`";
    types::UPGRADE_REQUIRED
        .with_detail(detail)
        .header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .header(header::CONNECTION, HeaderValue::from_static("upgrade"))
        .header(
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        )
}

/// A message on a socket. The host responds to pings; handlers do not receive them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// The peer closes the socket. No message follows a `Close`.
    Close(Close),
}

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The close code (RFC 6455 section 7.4). The code 1000 means that the socket is closed normally, and the codes
    /// 3000 to 4999 are for reasons that the API defines. In a received `Close`, the code 1005 means that the peer sent
    /// no code, and 1006 means that the connection was lost.
    pub code: u16,
    /// The human-readable reason for closing the socket: at most 123 bytes.
    pub reason: String,
}

/// The longest reason in a close frame, in bytes. A control frame has at most 125 bytes (RFC 6455 section 5.5), and the
/// close code takes 2 of these bytes.
const LONGEST_REASON: usize = 123;

impl Close {
    /// Creates a [`Close`] with this close code and reason.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Creates a [`Close`]. If the reason is longer than [`LONGEST_REASON`], cuts off the end of the reason.
    #[cfg(feature = "graphql")]
    pub(crate) fn cut(code: u16, reason: &str) -> Self {
        let end = reason.floor_char_boundary(LONGEST_REASON);
        Self::new(code, &reason[..end])
    }

    /// Returns whether the close code and the reason may be sent.
    fn is_sendable(&self) -> bool {
        let is_code = matches!(self.code, 1000..=1003 | 1007..=1011 | 3000..=4999);
        is_code && self.reason.len() <= LONGEST_REASON
    }
}

/// An open socket.
pub struct WebSocket {
    connection: host::Connection,
    /// The maximum length of a received message, in bytes.
    limit: usize,
}

/// The close code for a message that is too long (RFC 6455 section 7.4.1).
const TOO_LONG: u16 = 1009;

impl WebSocket {
    /// Waits for the next message. Returns `None` after [`Message::Close`].
    ///
    /// If a message is larger than the app's body limit, closes the socket with the close code 1009. The native host
    /// drops the connection if a message is longer than twice the body limit.
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
    /// Returns an error if the socket is closed, or if a [`Message::Close`] has a code or reason that cannot be sent.
    pub async fn send(&mut self, message: Message) -> Result<(), SocketError> {
        if let Message::Close(close) = &message
            && !close.is_sendable()
        {
            return Err(SocketError::InvalidClose(close.clone()));
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
    /// Returns the same errors as [`WebSocket::send`].
    pub async fn close(&mut self, code: u16, reason: &str) -> Result<(), SocketError> {
        self.send(Message::Close(Close::new(code, reason))).await
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocket")
    }
}

/// The reason why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketError {
    /// The socket is closed.
    Closed,
    /// The close code is reserved or the reason is too long.
    InvalidClose(Close),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the socket is closed"),
            Self::InvalidClose(Close { code, reason }) => write!(
                f,
                "a socket cannot be closed with the code {code} and a reason of {} bytes: use the code 1000 or 3000 to 4999, and at most {LONGEST_REASON} bytes",
                reason.len()
            ),
        }
    }
}

impl std::error::Error for SocketError {}

/// Returns the 501 problem for a host that cannot upgrade to a WebSocket.
#[allow(dead_code, reason = "only hosts without WebSockets call this function")]
pub(crate) fn not_implemented() -> Problem {
    let detail = "this host does not support WebSockets";
    types::NOT_IMPLEMENTED.with_detail(detail)
}

/// Returns an empty response with the status 101 Switching Protocols.
#[allow(dead_code, reason = "only the Workers host calls this function")]
pub(crate) fn switching() -> Response {
    StatusCode::SWITCHING_PROTOCOLS.into_response()
}
