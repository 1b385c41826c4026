//! WebSockets through `WebSocketPair`. The response carries one end of the pair to the client, and the handler gets the
//! other end.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::response::Response;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::send::{SendFuture, SendWrapper};

use super::boundary;
use crate::Problem;
use crate::websocket::{Close, Message, switching};

pub(crate) const IS_SUPPORTED: bool = true;

/// The socket that a response opens. `response::respond` reads this value from the extensions of the response.
#[derive(Clone)]
pub(super) struct Opened(pub(super) SendWrapper<JsValue>);

pub(crate) struct Upgrade;

pub(crate) async fn upgrade(_: &mut Parts, _: usize) -> Result<Upgrade, Problem> {
    Ok(Upgrade)
}

impl Upgrade {
    pub(crate) fn respond<F, T>(self, run: F) -> Response
    where
        F: FnOnce(Connection) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let socket = boundary::open_socket();
        let connection = Connection {
            socket: SendWrapper(socket.clone()),
            next: None,
            is_closed: false,
        };
        // The handler continues to run after the response, because an open socket keeps the context of the request
        // alive.
        spawn_local(run(connection));
        let mut response = switching();
        response
            .extensions_mut()
            .insert(Opened(SendWrapper(socket)));
        response
    }
}

pub(crate) struct Connection {
    socket: SendWrapper<JsValue>,
    /// A future that completes with the next event on the socket. The connection keeps this future between calls of
    /// `receive`, so that no event is lost if the handler drops a call of `receive` before an event arrives.
    next: Option<SendFuture<JsFuture>>,
    is_closed: bool,
}

impl Connection {
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        if self.is_closed {
            return None;
        }
        let next = self.next.get_or_insert_with(|| {
            SendFuture::new(JsFuture::from(boundary::next_of_socket(&self.socket.0)))
        });
        let event = next.await;
        self.next = None;
        // `event` is never an error, because JavaScript never rejects the promise.
        let event = event.ok()?;
        let message = message(&event);
        self.is_closed = matches!(message, Message::Close(_));
        Some(message)
    }

    pub(crate) async fn send(&mut self, message: Message) -> bool {
        if self.is_closed {
            return false;
        }
        match message {
            Message::Text(text) => boundary::send_text(&self.socket.0, &text),
            Message::Binary(bytes) => boundary::send_bytes(&self.socket.0, &bytes),
            Message::Close(close) => self.close(&close),
        }
    }

    fn close(&mut self, close: &Close) -> bool {
        self.is_closed = true;
        boundary::close_socket(&self.socket.0, close.code, &close.reason)
    }
}

/// Closes an open socket when its handler returns.
impl Drop for Connection {
    fn drop(&mut self) {
        if !self.is_closed {
            self.close(&Close::new(1000, ""));
        }
    }
}

/// Converts a socket event from JavaScript: a string (a text message), an `ArrayBuffer` (a binary message), or an array
/// `[code, reason]` (a close).
fn message(event: &JsValue) -> Message {
    if let Some(text) = event.as_string() {
        return Message::Text(text);
    }
    let Some(close) = event.dyn_ref::<js_sys::Array>() else {
        return Message::Binary(Bytes::from(js_sys::Uint8Array::new(event).to_vec()));
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a close code is an unsigned short"
    )]
    let code = close.get(0).as_f64().unwrap_or(1006.0) as u16;
    Message::Close(Close::new(
        code,
        close.get(1).as_string().unwrap_or_default(),
    ))
}
