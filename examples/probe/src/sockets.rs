//! An echo WebSocket.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use whippet::axum::response::Response;
use whippet::websocket::{Close, Message, WebSocketUpgrade};
use whippet::{App, Clock, Json, get, routes};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![echo_socket, list_closes])
}

/// The last close messages that clients have sent to this instance, at most [`MAX_CLOSES`].
static CLOSES: Mutex<VecDeque<Close>> = Mutex::new(VecDeque::new());

const MAX_CLOSES: usize = 100;

/// Sends every message back, unless it is a command. `close <code> <reason>` closes the socket. `end` drops the socket
/// without a close message. `pause` stops receiving for 300 ms.
#[get("/socket")]
async fn echo_socket(upgrade: WebSocketUpgrade, clock: Clock) -> Response {
    let upgrade = upgrade.protocols(&["echo.v2", "echo.v1"]);
    upgrade.on_upgrade(|mut socket| async move {
        while let Some(message) = socket.receive().await {
            let reply = match message {
                Message::Text(text) if text == "end" => return,
                Message::Text(text) if text == "pause" => {
                    // Cancels a call of `receive`. A real handler does this if it waits for a message or another event,
                    // and the other event happens first.
                    drop(socket.receive().now_or_never());
                    drop(socket.send(Message::Text("paused".to_owned())).await);
                    clock.sleep(Duration::from_millis(300)).await;
                    continue;
                }
                Message::Text(text) => close_of(&text).map_or(Message::Text(text), Message::Close),
                Message::Close(close) => {
                    let mut closes = CLOSES.lock().unwrap_or_else(PoisonError::into_inner);
                    if closes.len() == MAX_CLOSES {
                        closes.pop_front();
                    }
                    closes.push_back(close);
                    continue;
                }
                binary @ Message::Binary(_) => binary,
            };
            // If the reply cannot be sent, sends the error instead. On a closed socket, this second `send` also fails.
            if let Err(error) = socket.send(reply).await {
                drop(socket.send(Message::Text(error.to_string())).await);
            }
        }
    })
}

fn close_of(text: &str) -> Option<Close> {
    let (code, reason) = text.strip_prefix("close ")?.split_once(' ')?;
    Some(Close::new(code.parse().ok()?, reason))
}

#[get("/closes")]
async fn list_closes() -> Json<Vec<(u16, String)>> {
    let closes = CLOSES.lock().unwrap_or_else(PoisonError::into_inner);
    let closes = closes
        .iter()
        .map(|close| (close.code, close.reason.clone()));
    Json(closes.collect())
}
