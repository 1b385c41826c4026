//! Requests that a client library refuses to send, or would send at once.

use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::client::Answer;
use super::server::Server;
use super::wire::Message;

/// A connection that carries one request, written and read in pieces.
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

    /// Reads until `text` has come.
    pub(crate) fn read_until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        while !self.text().contains(text) {
            let count = self
                .stream
                .read(&mut buffer)
                .unwrap_or_else(|e| panic!("no {text:?}: {e}"));
            assert!(count > 0, "the end, and no {text:?}: {}", self.text());
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Reads to the end of the answer to `what`; `None` when the server closed without a word.
    pub(crate) fn answer(self, what: &str) -> Option<Answer> {
        let to: String = what.chars().take(80).collect();
        let message = Message::read(Cursor::new(self.received).chain(self.stream))
            .unwrap_or_else(|e| panic!("{to}: {e}"))?;
        let status = message.word(1).parse();
        Some(Answer {
            status: status.unwrap_or_else(|e| panic!("{to}: {e}: {}", message.start)),
            to,
            headers: message.headers,
            body: message.body,
        })
    }
}

/// A head with `Host`, `Connection: close` and the key added.
pub(crate) fn head(server: &Server, lines: &str) -> Vec<u8> {
    let key = server.key();
    format!(
        "{lines}\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
    )
    .into_bytes()
}

/// Sends a head and a body, and reads the answer while it is still sending: a server may answer and
/// close before it has read everything. `None` when it closed without a word.
pub(crate) fn exchange(server: &Server, lines: &str, body: &[u8]) -> Option<Answer> {
    let request = [&head(server, lines), body].concat();
    let connection = Connection::open(server);
    let mut sending = connection.stream.try_clone().unwrap();
    // Whether all of it could be sent does not matter, only what came back.
    let sender = thread::spawn(move || sending.write_all(&request).ok());
    let answer = connection.answer(lines);
    sender.join().unwrap();
    answer
}
