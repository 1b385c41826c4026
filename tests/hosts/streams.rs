//! Streamed request and response bodies.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::probe;
use crate::support::raw::{Connection, head};
use crate::support::wait::{SOON, eventually};
use crate::support::wire::chunk;

pub(crate) fn a_streamed_response_arrives_in_pieces(host: Host) {
    let probe = probe::shared(host);
    let mut connection = Connection::open(&probe);
    connection.send(head(&probe, "GET /pieces HTTP/1.1"));
    connection.read_until("one ");
    let first = Instant::now();
    let response = connection.read_response("/pieces").expect("a response");
    assert_eq!(response.status, 200);
    assert_eq!(response.text(), "one two three");
    // The handler sends the pieces of its response over a period of 600 ms.
    assert!(
        first.elapsed() > Duration::from_millis(300),
        "all pieces arrived at once"
    );
}

pub(crate) fn a_request_may_arrive_in_pieces(host: Host) {
    let probe = probe::shared(host);
    for path in ["/echo", "/pass"] {
        let mut connection = Connection::open(&probe);
        let line = format!("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked");
        connection.send(head(&probe, &line));
        for piece in ["one ", "two ", "three", ""] {
            // The pause keeps the server from reading two pieces together.
            thread::sleep(Duration::from_millis(50));
            connection.send(chunk(piece.as_bytes()));
        }
        let response = connection.read_response(path).expect("a response");
        assert_eq!(response.text(), "one two three");
    }
}

pub(crate) fn a_handler_reads_a_body_while_it_arrives(host: Host) {
    let probe = probe::shared(host);
    let mut connection = Connection::open(&probe);
    connection.send(head(
        &probe,
        "POST /pass HTTP/1.1\r\nTransfer-Encoding: chunked",
    ));
    for piece in ["one ", "two ", "three"] {
        connection.send(chunk(piece.as_bytes()));
        connection.read_until(piece);
    }
    connection.send(chunk(b""));
    let response = connection.read_response("/pass").expect("a response");
    assert_eq!(response.text(), "one two three");
}

pub(crate) fn an_upload_that_is_cut_off_is_logged_as_a_400(host: Host) {
    let probe = probe::shared(host);
    let chunked = ("Transfer-Encoding: chunked", chunk(b"some"));
    let sized = ("Content-Length: 1000", b"some".to_vec());
    for (length, start) in [sized, chunked] {
        let id = unique("upload");
        let lines = format!("POST /echo HTTP/1.1\r\nX-Request-Id: {id}\r\n{length}");
        let mut connection = Connection::open(&probe);
        connection.send([head(&probe, &lines), start].concat());
        // Waits, so that the request reaches the handler before the client disconnects.
        thread::sleep(Duration::from_millis(300));
        drop(connection);
        let lines = eventually("the request is logged", SOON, || {
            let lines = probe.log.lines_of_request(&id);
            let is_logged = lines.iter().any(|line| line["message"] == "request");
            is_logged
                .then_some(lines.clone())
                .ok_or(format!("{lines:?}"))
        });
        for line in lines {
            assert_ne!(line["level"], "error", "{length}: {line}");
            if line["message"] == "request" {
                assert_eq!(
                    (&line["route"], &line["status"]),
                    (&"/echo".into(), &400.into()),
                    "{line}"
                );
            }
        }
    }
    assert_eq!(probe.api().get("/text").send().text(), "hello");
}
