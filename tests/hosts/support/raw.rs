//! Requests that a client library refuses to send.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::client::Answer;
use super::server::Server;
use super::wire::Message;

/// Sends a head and a body, and reads the answer while it is still sending: a server may answer and
/// close before it has read everything. `None` when it closed without a word.
///
/// `Host`, `Connection: close` and the key are added to the head.
pub(crate) fn exchange(server: &Server, head: &str, body: Vec<u8>) -> Option<Answer> {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut request = format!(
        "{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        server.key()
    )
    .into_bytes();
    request.extend(body);

    let mut sending = stream.try_clone().unwrap();
    // Whether all of it could be sent does not matter, only what came back.
    let sender = thread::spawn(move || sending.write_all(&request).ok());
    let to: String = head.chars().take(80).collect();
    let answer = Message::read(stream).unwrap_or_else(|e| panic!("{to}: {e}"));
    sender.join().unwrap();

    answer.map(|message| Answer {
        status: message
            .word(1)
            .parse()
            .unwrap_or_else(|e| panic!("{to}: {e}: {}", message.start)),
        to,
        headers: message.headers,
        body: message.body,
    })
}
