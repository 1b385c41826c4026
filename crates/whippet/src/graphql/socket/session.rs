//! One socket: its messages, and the operations that it runs.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::http::request::Parts;
use futures_util::future::{BoxFuture, poll_fn};
use futures_util::stream::{AbortHandle, Abortable, BoxStream, SelectAll, StreamExt};

use super::ConnectionInit;
use super::frames::{Frame, error, frames};
use super::message::{ACK, ClientMessage, pong};
use crate::graphql::limits::LIMIT_EXCEEDED;
use crate::graphql::operation::Operation;
use crate::graphql::params::Params;
use crate::graphql::results::Results;
use crate::graphql::server::Server;
use crate::graphql::state::RequestState;
use crate::websocket::{Close, Message, WebSocket};
use crate::{Context, Problem};

/// How long a client may wait before it sends `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);

/// The close codes of the protocol.
const BAD_REQUEST: u16 = 4400;
const UNAUTHORIZED: u16 = 4401;
const INIT_TIMED_OUT: u16 = 4408;
const SUBSCRIBER_EXISTS: u16 = 4409;
const TOO_MANY_INITS: u16 = 4429;

/// A socket that speaks the protocol. All operations run inside the future of [`run`](Self::run), so no operation
/// outlives the socket.
pub(super) struct Session {
    server: Arc<Server>,
    /// The request that has opened the socket, with the payload of `connection_init`.
    parts: Parts,
    context: Context,
    introspection: bool,
    /// A timer. If it completes, the client has not sent `connection_init` in time. `None` once the client has sent
    /// `connection_init`.
    waiting: Option<BoxFuture<'static, ()>>,
    operations: SelectAll<Abortable<BoxStream<'static, Frame>>>,
    /// The running operations, by their ids.
    handles: HashMap<String, AbortHandle>,
}

/// What happens next on a socket.
enum Event {
    Received(Option<Message>),
    Frame(Frame),
    TimedOut,
}

impl Session {
    pub(super) fn new(
        server: Arc<Server>,
        parts: Parts,
        context: Context,
        introspection: bool,
    ) -> Self {
        let clock = context.clock();
        Self {
            server,
            parts,
            context,
            introspection,
            waiting: Some(Box::pin(async move { clock.sleep(INIT_TIMEOUT).await })),
            operations: SelectAll::new(),
            handles: HashMap::new(),
        }
    }

    /// Serves the socket until either side closes it.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        loop {
            let reply = match self.next(&mut socket).await {
                Event::Received(Some(Message::Text(text))) => self.receive(&text),
                Event::Received(Some(Message::Binary(_))) => Err(Close::new(
                    BAD_REQUEST,
                    "Invalid message received: not text",
                )),
                Event::Received(Some(Message::Close(_)) | None) => return,
                Event::TimedOut => {
                    let reason = "Connection initialisation timeout";
                    Err(Close::new(INIT_TIMED_OUT, reason))
                }
                Event::Frame(frame) => {
                    if frame.is_last {
                        self.handles.remove(&*frame.id);
                    }
                    Ok(frame.text)
                }
            };
            let sent = match reply {
                Ok(None) => Ok(()),
                Ok(Some(text)) => socket.send(Message::Text(text)).await,
                Err(close) => {
                    drop(socket.send(Message::Close(close)).await);
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// Waits for the next message from the client or from an operation, or for the time limit of `connection_init`.
    async fn next(&mut self, socket: &mut WebSocket) -> Event {
        let mut receive = pin!(socket.receive());
        poll_fn(|poller| {
            if let Poll::Ready(message) = receive.as_mut().poll(poller) {
                return Poll::Ready(Event::Received(message));
            }
            if let Poll::Ready(Some(frame)) = self.operations.poll_next_unpin(poller) {
                return Poll::Ready(Event::Frame(frame));
            }
            match &mut self.waiting {
                Some(waiting) => waiting.as_mut().poll(poller).map(|()| Event::TimedOut),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Handles a message from the client. Returns the reply, or the reason for closing the socket.
    fn receive(&mut self, text: &str) -> Result<Option<String>, Close> {
        let message =
            ClientMessage::read(text).map_err(|reason| Close::cut(BAD_REQUEST, &reason))?;
        match message {
            ClientMessage::ConnectionInit(_) if self.waiting.is_none() => {
                let reason = "Too many initialisation requests";
                Err(Close::new(TOO_MANY_INITS, reason))
            }
            ClientMessage::ConnectionInit(payload) => {
                self.waiting = None;
                ConnectionInit::keep(payload, &mut self.parts);
                Ok(Some(ACK.to_owned()))
            }
            ClientMessage::Ping(payload) => Ok(Some(pong(payload))),
            ClientMessage::Pong => Ok(None),
            ClientMessage::Subscribe { .. } if self.waiting.is_some() => {
                Err(Close::new(UNAUTHORIZED, "Unauthorized"))
            }
            ClientMessage::Subscribe { id, .. } if self.handles.contains_key(&id) => {
                let reason = format!("Subscriber for {id} already exists");
                Err(Close::cut(SUBSCRIBER_EXISTS, &reason))
            }
            ClientMessage::Subscribe { id, params } => {
                let started = self.start(&id, params);
                Ok(started.err().and_then(|problem| error(&id, &problem)))
            }
            ClientMessage::Complete { id } => {
                // The operation is no longer in `handles` if the server has completed it at the same time.
                if let Some(handle) = self.handles.remove(&id) {
                    handle.abort();
                }
                Ok(None)
            }
        }
    }

    /// Starts an operation.
    fn start(&mut self, id: &str, params: Params) -> Result<(), Problem> {
        let server = &*self.server;
        let limit = server.limits.operations;
        if self.handles.len() >= limit {
            let detail =
                format!("the socket already runs {limit} operations, which is the maximum");
            return Err(LIMIT_EXCEEDED.with_detail(detail));
        }
        // Each operation resolves its dependencies again, so a token that expires while the socket is open is rejected.
        let state = RequestState::new(self.parts.clone(), self.context.for_operation());
        let executable = server.executable(self.introspection)?;
        let (limits, documents) = (&server.limits, &server.documents);
        let operation = Operation::prepare(params, limits, documents, self.introspection, &state)?;
        let results = Results::new(executable, operation, &state);
        let (handle, registration) = AbortHandle::new_pair();
        self.operations
            .push(Abortable::new(frames(id, results), registration));
        self.handles.insert(id.to_owned(), handle);
        Ok(())
    }
}
