//! HTTP/2 and TLS. The scenarios run only natively, because on other hosts the platform implements these protocols.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::server::{Server, state};

/// Runs a command and returns its output. Panics if the command fails.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; run `scripts/setup curl`"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn curl(server: &Server, url: &str, arguments: &[&str]) -> String {
    run(Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20"])
        .args(["--write-out", " %{http_version} %{http_code}"])
        .args(arguments)
        .arg(format!("{}{url}", server.base())))
}

pub(crate) fn http_2_is_served_with_prior_knowledge(host: Host) {
    let server = host.start("h2", &Options::probe());
    let prior = "--http2-prior-knowledge";
    assert_eq!(curl(&server, "/text", &[prior]), "hello 2 200");
    // An HTTP/2 request has `:authority` instead of `Host`.
    let authority = curl(&server, "/headers/host", &[prior]);
    assert_eq!(authority, format!("127.0.0.1:{} 2 200", server.port));
    let echoed = curl(&server, "/echo", &[prior, "--data", "twelve bytes"]);
    assert_eq!(echoed, "twelve bytes 2 200");
    assert_eq!(curl(&server, "/text", &["--http1.1"]), "hello 1.1 200");

    let shown = run(Command::new("nghttp")
        .args(["--verbose", "--no-dep"])
        .arg(format!("{}/pieces", server.base())));
    assert!(shown.contains(":status: 200"), "{shown}");
    assert!(shown.contains("x-request-id"), "{shown}");
}

pub(crate) fn http_2_serves_concurrent_streams(host: Host) {
    let server = host.start("h2-load", &Options::probe());
    let report = run(Command::new("h2load")
        .args(["--requests", "5000", "--clients", "10"])
        .args([
            "--max-concurrent-streams",
            "100",
            "--connection-active-timeout",
            "20",
        ])
        .arg(format!("{}/users/7", server.base())));
    let expected = "5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed";
    assert!(report.contains(expected), "{report}");
}

pub(crate) fn requests_over_the_maximum_wait(host: Host) {
    let maximum = Options::probe_with(&[("HTTP_MAX_REQUESTS", "2")]);
    let server = host.start("max-requests", &maximum);
    let started = Instant::now();
    let report = run(Command::new("h2load")
        .args(["--requests", "6", "--clients", "1"])
        .args(["--max-concurrent-streams", "6"])
        .arg(format!("{}/wait", server.base())));
    assert!(report.contains("6 succeeded"), "{report}");
    // The server runs two of the six requests at the same time, and each request takes 300 ms.
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(900), "{took:?}");
}

/// The types and flags of HTTP/2 frames (RFC 9113 section 6).
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;

/// Returns an HTTP/2 frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Opens an HTTP/2 connection with the client's preface (RFC 9113 section 3.4).
fn open_http_2(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = frame(SETTINGS, 0, 0, &[]);
    stream.write_all(&[preface, &*settings].concat()).unwrap();
    stream
}

/// Replies to pings until the server closes the connection, or has sent two pings. Returns the number of pings.
fn reply_to_pings(mut stream: TcpStream) -> usize {
    let mut pings = 0;
    let mut head = [0; 9];
    while pings < 2 {
        match stream.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("still open"),
            Err(_) => return pings,
            Ok(()) => {}
        }
        let mut payload = vec![0; usize::from(head[2])];
        stream.read_exact(&mut payload).unwrap();
        if head[3] == PING && head[4] != ACK {
            pings += 1;
            stream.write_all(&frame(PING, ACK, 0, &payload)).unwrap();
        }
    }
    pings
}

pub(crate) fn an_idle_http_2_connection_is_closed_even_if_its_client_replies_to_pings(host: Host) {
    // The server sends a ping every 20 s. Without the idle timeout, the server would send another ping after 40 s.
    let limit = Options::probe_with(&[("HTTP_IDLE_TIMEOUT", "22s")]);
    let server = host.start("idle-h2", &limit);
    assert_eq!(reply_to_pings(open_http_2(&server)), 1);
}

pub(crate) fn half_of_the_headers_of_an_http_2_request_time_out(host: Host) {
    let server = host.start("half-h2", &Options::short_limits());
    let mut stream = open_http_2(&server);
    // The frame has no flag END_HEADERS, so more headers have to follow.
    stream.write_all(&frame(HEADERS, 0, 1, &[0x82])).unwrap();
    assert_eq!(reply_to_pings(stream), 0);
}

pub(crate) fn tls_is_served_with_a_certificate(host: Host) {
    let [certificate, key] = certificate(host);
    let variables = [
        ("TLS_CERT", certificate.to_str().unwrap()),
        ("TLS_KEY", key.to_str().unwrap()),
    ];
    let server = Server::launch(host, "tls", &Options::probe_with(&variables));
    let trusted = ["--cacert", certificate.to_str().unwrap()];
    let ready = server.wait_until(|| {
        let url = format!("https://127.0.0.1:{}/text", server.port);
        let mut command = Command::new("curl");
        command.args(["--silent", "--fail", "--max-time", "5"]);
        let output = command.args(trusted).arg(url).output();
        output.is_ok_and(|output| output.status.success())
    });
    ready.unwrap_or_else(|error| panic!("{error}"));
    let url = format!("https://127.0.0.1:{}/text", server.port);
    let get = |version: &str| {
        run(Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", version])
            .args(["--write-out", " %{http_version} %{http_code}"])
            .args(trusted)
            .arg(&url))
    };
    // With ALPN, the client and the server agree on HTTP/2 or on HTTP/1.1.
    assert_eq!(get("--http2"), "hello 2 200");
    assert_eq!(get("--http1.1"), "hello 1.1 200");
}

/// Creates a key, and a self-signed certificate for 127.0.0.1. Returns the paths of the certificate and of the key.
fn certificate(host: Host) -> [PathBuf; 2] {
    Server::remove_data(host, "tls-files");
    let folder = state(host, "tls-files");
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    run(Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key));
    [certificate, key]
}
