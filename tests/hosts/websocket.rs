//! WebSockets.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket, client};

use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::probe;
use crate::support::raw::{self, Connection};
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

pub(crate) struct Client {
    socket: WebSocket<TcpStream>,
    protocol: String,
}

impl Client {
    pub(crate) fn open(probe: &Server, protocols: &str) -> Self {
        let headers = [("sec-websocket-protocol", protocols)];
        let is_empty = protocols.is_empty();
        Self::open_at(probe, "/socket", if is_empty { &[] } else { &headers })
    }

    /// Opens a socket at a path, with these request headers.
    pub(crate) fn open_at(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let mut request = format!("ws://127.0.0.1:{}{path}", server.port)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, response) = client(request, stream).unwrap_or_else(|e| panic!("{e}"));
        assert!(
            response.headers().contains_key("x-request-id"),
            "{response:?}"
        );
        let protocol = response.headers().get("sec-websocket-protocol");
        let protocol = protocol
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        Self { socket, protocol }
    }

    pub(crate) fn send(&mut self, message: impl Into<Message>) {
        self.socket.send(message.into()).unwrap();
    }

    pub(crate) fn read(&mut self) -> Message {
        self.socket.read().unwrap_or_else(|e| panic!("{e}"))
    }

    /// Sends a text, and checks that the server sends it back.
    pub(crate) fn echo(&mut self, text: &str) {
        self.send(text);
        assert_eq!(self.read(), Message::text(text));
    }

    /// Reads the next message, which must be a close frame, and returns its code and reason.
    pub(crate) fn read_close(&mut self) -> (u16, String) {
        match self.read() {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("not a close frame: {:.80}", format!("{other:?}")),
        }
    }
}

pub(crate) fn messages_wait_until_the_handler_reads_them(host: Host) {
    let probe = probe::shared(host);
    let mut client = Client::open(&probe, "");
    client.send("pause");
    assert_eq!(client.read(), Message::text("paused"));
    for text in ["first", "second"] {
        client.send(text);
    }
    for text in ["first", "second"] {
        assert_eq!(client.read(), Message::text(text));
    }
}

pub(crate) fn a_socket_echoes_messages_in_order(host: Host) {
    let probe = probe::shared(host);
    let mut client = Client::open(&probe, "");
    for text in ["hello", "", "é\n\0"] {
        client.send(text);
        assert_eq!(client.read(), Message::text(text));
    }
    let bytes: Vec<u8> = (0..=255).collect();
    client.send(bytes.clone());
    assert_eq!(client.read(), Message::binary(bytes));
    // The server echoes many messages in the order in which they were sent, even if they are in flight together.
    for number in 0..100 {
        client.send(number.to_string());
    }
    for number in 0..100 {
        assert_eq!(client.read(), Message::text(number.to_string()));
    }
}

pub(crate) fn concurrent_sockets_stay_separate(host: Host) {
    let probe = probe::shared(host);
    let mut clients: Vec<Client> = (0..5).map(|_| Client::open(&probe, "")).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(number.to_string());
    }
    for (number, client) in clients.iter_mut().enumerate().rev() {
        assert_eq!(client.read(), Message::text(number.to_string()));
    }
}

pub(crate) fn a_message_over_the_limit_closes_the_socket(host: Host) {
    let probe = probe::shared(host);
    let mut client = Client::open(&probe, "");
    let long = "é".repeat(512 * 1024);
    client.send(long.as_str());
    assert_eq!(client.read(), Message::text(long.as_str()));
    client.send(long + "x");
    assert_eq!(client.read_close().0, 1009);
}

pub(crate) fn a_ping_gets_a_pong(host: Host) {
    let probe = probe::shared(host);
    let mut client = Client::open(&probe, "");
    client.send(Message::Ping("are you there".into()));
    assert_eq!(client.read(), Message::Pong("are you there".into()));
    client.send("still here");
    assert_eq!(client.read(), Message::text("still here"));
}

pub(crate) fn a_socket_whose_client_is_silent_is_closed(host: Host) {
    let limit = Options::probe_with(&[("WEBSOCKET_PING_INTERVAL", "1s")]);
    let server = host.start("pings", &limit);
    let mut client = Client::open(&server, "");
    // When this client reads a ping, it sends a pong.
    for _ in 0..3 {
        assert_eq!(client.read(), Message::Ping("".into()));
    }
    client.send("still here");
    assert_eq!(client.read(), Message::text("still here"));

    let mut silent = Client::open(&server, "");
    let mut received = Vec::new();
    let read = silent.socket.get_mut().take(3).read_to_end(&mut received);
    read.unwrap_or_else(|e| panic!("the socket is still open: {e}"));
    // The server has sent only one ping. A ping without content consists of two bytes (RFC 6455 section 5.5.2).
    assert_eq!(received, [0x89, 0]);
}

pub(crate) fn either_side_can_close_a_socket_with_a_code(host: Host) {
    let probe = probe::shared(host);
    for (request, code, reason) in [
        ("close 4001 bye now", 4001, "bye now"),
        ("close 1000 é", 1000, "é"),
        ("end", 1000, ""),
    ] {
        let mut client = Client::open(&probe, "");
        client.send(request);
        assert_eq!(client.read_close(), (code, reason.to_owned()), "{request}");
    }

    let mut client = Client::open(&probe, "");
    client.send("close 1005 reserved");
    let rejected = client.read().into_text().unwrap();
    assert!(rejected.contains("1005"), "{rejected}");

    let reason = unique("done");
    let code = CloseCode::from(4002);
    let frame = CloseFrame {
        code,
        reason: reason.as_str().into(),
    };
    client.socket.close(Some(frame)).unwrap();
    while client.socket.read().is_ok() {}
    let api = probe.api();
    eventually("the handler gets the code and the reason", SOON, || {
        let closes = api.get("/closes").expect(200).to_string();
        let expected = format!("[4002,\"{reason}\"]");
        if closes.contains(&expected) {
            Ok(())
        } else {
            Err(closes)
        }
    });
}

pub(crate) fn a_subprotocol_is_negotiated(host: Host) {
    let probe = probe::shared(host);
    for (offered, chosen) in [
        ("", ""),
        ("echo.v1", "echo.v1"),
        ("echo.v1, echo.v2", "echo.v2"),
    ] {
        assert_eq!(Client::open(&probe, offered).protocol, chosen, "{offered}");
    }
}

pub(crate) fn a_request_without_an_upgrade_is_rejected(host: Host) {
    let response = probe::shared(host).api().get("/socket").send();
    assert_eq!(response.problem(426)["code"], "upgrade_required");
}

pub(crate) fn a_client_that_disconnects_breaks_nothing(host: Host) {
    let probe = probe::shared(host);
    let mut client = Client::open(&probe, "");
    client.send("hello");
    client.read();
    drop(client);
    let mut other = Client::open(&probe, "");
    other.send("hello");
    assert_eq!(other.read(), Message::text("hello"));
}

pub(crate) fn a_websocket_upgrade_gets_501(host: Host) {
    let probe = probe::shared(host);
    probe.api().get("/socket").send().problem(501);
    let mut connection = Connection::open(&probe);
    let lines = "GET /socket HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    connection.send(raw::head(&probe, lines));
    connection
        .read_response("/socket")
        .expect("a response")
        .problem(501);
}
