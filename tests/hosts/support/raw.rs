//! Requests that a client library cannot send: invalid requests, and requests in pieces.

use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::client::Response;
use super::server::Server;
use super::wire::Message;

/// A connection for one request. A scenario writes the request and reads the response in pieces.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        stream.set_write_timeout(limit).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Returns a second handle to the connection, for a thread that writes while this thread reads.
    pub(crate) fn writer(&self) -> TcpStream {
        self.stream.try_clone().unwrap()
    }

    /// Reads until the received bytes contain `text`.
    pub(crate) fn read_until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        while !self.text().contains(text) {
            let count = self
                .stream
                .read(&mut buffer)
                .unwrap_or_else(|e| panic!("{text:?} did not arrive: {e}"));
            assert!(
                count > 0,
                "the connection closed before {text:?} arrived: {}",
                self.text()
            );
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    /// Reads the interim response `100 Continue`. If the request has `Expect: 100-continue`, the server sends this
    /// response when the handler reads the body.
    pub(crate) fn read_continue(&mut self) {
        self.read_until("HTTP/1.1 100 Continue\r\n\r\n");
        self.received.clear();
    }

    /// Reads until the server closes the connection, even if the response is incomplete. Returns everything that the
    /// server has sent.
    pub(crate) fn read_to_end(&mut self) -> String {
        match self.stream.read_to_end(&mut self.received) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => {
                panic!("the connection is still open: {error}")
            }
            _ => self.text(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Reads the whole response to `request`. Returns `None` if the server closed the connection without a response.
    pub(crate) fn read_response(self, request: &str) -> Option<Response> {
        let request: String = request.chars().take(80).collect();
        let message = Message::read(Cursor::new(self.received).chain(self.stream))
            .unwrap_or_else(|e| panic!("{request}: {e}"))?;
        let status = message.word(1).parse();
        Some(Response {
            status: status.unwrap_or_else(|e| panic!("{request}: {e}: {}", message.start)),
            request,
            headers: message.headers,
            body: message.body,
        })
    }
}

/// Returns a request head: these lines, `Host`, `Connection: close` and the API key.
pub(crate) fn head(server: &Server, lines: &str) -> Vec<u8> {
    let key = server.key();
    format!(
        "{lines}\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
    )
    .into_bytes()
}

/// Sends a head and a body, and reads the response at the same time. A server may respond and close the connection
/// before it has read the whole request. Returns `None` if the server closed the connection without a response.
pub(crate) fn exchange(server: &Server, lines: &str, body: &[u8]) -> Option<Response> {
    let request = [&head(server, lines), body].concat();
    let connection = Connection::open(server);
    let mut sending = connection.stream.try_clone().unwrap();
    // The server may close the connection early, so a failed write is not an error.
    let sender = thread::spawn(move || sending.write_all(&request).ok());
    let response = connection.read_response(lines);
    sender.join().unwrap();
    response
}
