//! Timeouts for silent and slow clients, and the maximum number of connections. Only the native host has these limits,
//! because only the native server accepts connections itself.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::raw::{self, Connection, head};
use crate::support::server::Server;

/// A time that is longer than every timeout of [`Options::short_limits`], and shorter than every default timeout.
const BEFORE_THE_DEFAULTS: Duration = Duration::from_secs(8);

fn limited(host: Host, name: &str) -> Server {
    host.start(name, &Options::short_limits())
}

/// Waits until the server closes the connection. Returns everything that the server has sent.
fn read_to_end(stream: &mut TcpStream) -> String {
    let started = Instant::now();
    let mut received = Vec::new();
    stream.set_read_timeout(Some(BEFORE_THE_DEFAULTS)).unwrap();
    match stream.read_to_end(&mut received) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => {
            panic!("still open after {:?}: {error}", started.elapsed())
        }
        _ => String::from_utf8_lossy(&received).into_owned(),
    }
}

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(("127.0.0.1", server.port)).unwrap()
}

pub(crate) fn a_silent_connection_is_closed(host: Host) {
    let server = limited(host, "silent");
    assert_eq!(read_to_end(&mut connect(&server)), "");
    // The server also closes the connection of a client that is silent after a request.
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /text HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    assert!(read_to_end(&mut stream).ends_with("hello"));
}

pub(crate) fn half_a_request_head_times_out(host: Host) {
    // The idle timeout keeps its default, so only the timeout for receiving the request head can close the connection.
    let limit = Options::probe_with(&[("HTTP_HEADER_TIMEOUT", "1s")]);
    let server = host.start("half-head", &limit);
    let mut stream = connect(&server);
    stream.write_all(b"GET /text HTTP/1.1\r\nHost: ").unwrap();
    let mut dripping = stream.try_clone().unwrap();
    // Sends a byte every 100 ms. The timeout is for the whole head, so a byte that arrives does not extend the timeout.
    let drip = thread::spawn(move || {
        while dripping.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(read_to_end(&mut stream), "");
    drip.join().unwrap();
}

pub(crate) fn a_body_that_arrives_too_slowly_gets_408(host: Host) {
    let server = limited(host, "dripped");
    let mut connection = Connection::open(&server);
    let line = "POST /users HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000";
    connection.send(head(&server, line));
    let mut dripping = connection.writer();
    let drip = thread::spawn(move || {
        while dripping.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let response = connection.read_response(line).expect("a response");
    let problem = response.problem(408);
    assert_eq!(problem["code"], "request_timeout");
    drop(response);
    drip.join().unwrap();
}

pub(crate) fn a_body_that_arrives_at_the_minimum_rate_may_take_long(host: Host) {
    let server = limited(host, "steady");
    let mut connection = Connection::open(&server);
    let piece = [b'x'; 1000];
    let pieces = 20;
    let length = piece.len() * pieces;
    let line = format!("POST /echo HTTP/1.1\r\nContent-Length: {length}");
    connection.send(head(&server, &line));
    // The body takes 3 s. The timeout is 1 s, but each byte that arrives extends the timeout.
    for _ in 0..pieces {
        thread::sleep(Duration::from_millis(150));
        connection.send(piece);
    }
    let response = connection.read_response(&line).expect("a response");
    assert_eq!((response.status, response.body.len()), (200, length));
}

pub(crate) fn a_response_that_the_client_does_not_read_times_out(host: Host) {
    let server = limited(host, "unread");
    let mut stream = connect(&server);
    let line = "POST /pass HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(line.as_bytes()).unwrap();
    stream.set_write_timeout(Some(BEFORE_THE_DEFAULTS)).unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let error = loop {
        // This client never reads the echoed chunks. When the buffers of both sides are full, the server cannot write
        // the echo, and stops reading.
        if let Err(error) = stream.write_all(&chunk) {
            break error;
        }
    };
    assert!(
        !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "the connection is still open"
    );
}

pub(crate) fn connections_over_the_maximum_wait_until_idle_connections_are_closed(host: Host) {
    // The idle timeout keeps its long default. So the server closes an idle connection only if another connection
    // waits.
    let limit = Options::probe_with(&[("HTTP_MAX_CONNECTIONS", "20")]);
    let server = host.start("maximum", &limit);
    let idle: Vec<TcpStream> = (0..60).map(|_| connect(&server)).collect();
    let response = raw::exchange(&server, "GET /text HTTP/1.1", &[]).expect("a response");
    assert_eq!(response.text(), "hello");
    // The last of 61 connections has been accepted, and at most 20 are open at the same time. So 41 have been closed.
    let is_closed = |mut stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = stream.read(&mut [0]).map_err(|error| error.kind());
        matches!(read, Ok(0) | Err(ErrorKind::ConnectionReset))
    };
    let closed = idle.iter().filter(|stream| is_closed(stream)).count();
    assert!(closed > 40, "{closed} of 60 idle connections are closed");
}

pub(crate) fn a_rejected_upload_gets_its_response(host: Host) {
    let server = host.start("rejected-upload", &Options::default());
    for _ in 0..10 {
        let body = vec![b'x'; 8_000_000];
        let line = format!(
            "POST /api/v1/app HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}",
            body.len()
        );
        // This client sends the whole request before it reads the response, as most clients do.
        let mut connection = Connection::open(&server);
        connection.send([&head(&server, &line), body.as_slice()].concat());
        let response = connection.read_response(&line).expect("a response");
        response.problem(413);
    }
}

/// An HTTP/1.1 request gets 400 if it has no `Host` header, or more than one (RFC 9112 section 3.2).
pub(crate) fn an_http_1_1_request_needs_exactly_one_host_header(host: Host) {
    let server = limited(host, "one-host");
    for hosts in ["", "Host: a\r\nHost: a\r\n"] {
        let mut connection = Connection::open(&server);
        connection.send(format!(
            "GET /text HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"
        ));
        let response = connection.read_response(hosts).expect("a response");
        response.problem(400);
    }
    let mut connection = Connection::open(&server);
    connection.send("GET /text HTTP/1.0\r\n\r\n");
    let response = connection.read_response("HTTP/1.0").expect("a response");
    assert_eq!(response.text(), "hello");
}

pub(crate) fn an_invalid_limit_is_an_error_at_startup(host: Host) {
    for (variable, value) in [
        ("HTTP_IDLE_TIMEOUT", "soon"),
        ("HTTP_HEADER_TIMEOUT", "0s"),
        ("HTTP_MAX_CONNECTIONS", "0"),
        ("TLS_CERT", "cert.pem"),
    ] {
        let server = Server::launch(
            host,
            "invalid-limit",
            &Options::probe_with(&[(variable, value)]),
        );
        let status = server.wait_for_exit(BEFORE_THE_DEFAULTS);
        let log = server.log.tail();
        assert!(
            !status.success() && log.contains(variable),
            "{status}: {log}"
        );
    }
}
