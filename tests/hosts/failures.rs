//! The response and the log lines after a handler fails or panics. The app `examples/probe` has routes that fail or
//! panic on demand.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::probe;
use crate::support::raw::{Connection, head};
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};
use crate::websocket::Client;

/// A route that panics before its first await, and a route that panics after an await.
const PANICS: [&str; 2] = ["/panic", "/panic-later"];

pub(crate) fn the_cause_of_a_500_is_logged_and_hidden_from_the_client(host: Host) {
    let probe = probe::shared(host);
    let id = unique("failure");
    let response = probe.api().get("/fail").header("x-request-id", &id).send();
    assert_eq!(response.header("x-request-id"), id);
    let problem = response.problem(500);
    assert!(!problem.to_string().contains("asked to"), "{problem}");

    let line = wait_for_line(&probe, &id, "the probe was asked to fail");
    assert_eq!(line["message"], "request failed", "{line}");
    assert_eq!(line["route"], "/fail", "{line}");
}

pub(crate) fn the_request_after_a_panic_succeeds(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS.repeat(2) {
        let response = probe.api().get(path).send();
        assert_eq!(response.status, 500, "{response:?}");
        assert_eq!(probe.api().get("/text").send().text(), "hello");
    }
}

pub(crate) fn a_panic_is_logged_with_its_request_id(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS {
        let id = unique("panic");
        probe.api().get(path).header("x-request-id", &id).send();
        wait_for_line(&probe, &id, "the probe was asked to panic");
    }
}

pub(crate) fn a_panic_returns_a_problem_document(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS {
        let id = unique("panic");
        let response = probe.api().get(path).header("x-request-id", &id).send();
        assert_eq!(response.header("x-request-id"), id);
        response.problem(500);
    }
}

pub(crate) fn requests_in_flight_get_a_response_when_another_request_panics(host: Host) {
    let probe = probe::exclusive(host);
    let started = Instant::now();
    for status in waiting_while_one_panics(&probe) {
        assert!([200, 500].contains(&status), "{status}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(probe.api().get("/wait").send().text(), "waited");
}

pub(crate) fn requests_in_flight_survive_a_panic(host: Host) {
    let probe = probe::exclusive(host);
    assert_eq!(waiting_while_one_panics(&probe), [200; 4]);
}

/// Returns the statuses of four requests that are in flight while a fifth request panics.
fn waiting_while_one_panics(probe: &Server) -> [u16; 4] {
    let wait = || probe.api().get("/wait").send().status;
    thread::scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(wait));
        probe.api().get("/panic-later").send();
        waiting.map(|request| request.join().unwrap())
    })
}

/// Waits for a log line of the request `id` with an error that contains `text`, and returns the line.
fn wait_for_line(probe: &Server, id: &str, text: &str) -> Value {
    let has_text = |line: &Value| line["error"].as_str().is_some_and(|e| e.contains(text));
    eventually("the cause is logged", SOON, || {
        let lines = probe.log.lines_of_request(id);
        lines
            .iter()
            .find(|line| has_text(line))
            .cloned()
            .ok_or_else(|| format!("{lines:?}"))
    })
}

pub(crate) fn sockets_are_closed_when_the_instance_traps(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS {
        let mut socket = Client::open(&probe, "");
        probe.api().get(path).send();
        // The close code 1011 means that the server failed (RFC 6455 section 7.4.1).
        assert_eq!(socket.read_close().0, 1011);
    }
}

pub(crate) fn streams_are_cut_off_when_the_instance_traps(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS {
        // A stream that waits for a timer is cut off too. On Spin, another instance may run this stream, so the test
        // opens it only on Workers.
        let silence = (host == Host::Workers).then(|| silence(&probe));
        let mut events = endless_events(&probe);
        probe.api().get(path).send();
        if let Some(mut silence) = silence {
            silence.read_to_end();
        }
        let received = events.read_to_end();
        // A complete chunked body ends with an empty chunk. This body ends without one, so on Workers the client knows
        // that the body is incomplete. wasmtime, which runs the component on Spin, ends the body of a trapped instance
        // as if the body were complete.
        if host == Host::Workers {
            assert!(!received.ends_with("\r\n0\r\n\r\n"), "{received}");
        }
    }
}

pub(crate) fn sockets_and_streams_survive_a_panic(host: Host) {
    let probe = probe::exclusive(host);
    for path in PANICS {
        let mut socket = Client::open(&probe, "");
        let mut events = endless_events(&probe);
        probe.api().get(path).send();
        socket.echo("still here");
        events.read_until("data: 3");
    }
}

/// Opens a stream that sends the text `start`, and another text an hour later. Returns the stream when `start` has
/// arrived.
fn silence(probe: &Server) -> Connection {
    let mut silence = Connection::open(probe);
    silence.send(head(probe, "GET /silence HTTP/1.1"));
    silence.read_until("start");
    silence
}

/// Opens an endless stream of events. Returns the stream when the first event has arrived.
fn endless_events(probe: &Server) -> Connection {
    let mut events = Connection::open(probe);
    events.send(head(probe, "GET /events/endless HTTP/1.1"));
    events.read_until("data: ");
    events
}
