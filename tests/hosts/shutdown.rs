//! The work that a server still finishes after it gets the signal to stop, or after a client has disconnected.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::app::{App, unique};
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::probe;
use crate::support::raw::{Connection, head};
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::Server;
use crate::support::wait::{Gate, SOON, eventually};
use crate::websocket::Client;

const CREATE: &str = "POST /api/v1/app HTTP/1.1\r\nContent-Type: application/json\r\n\
    Content-Length: 14\r\nExpect: 100-continue";
const BODY: &[u8] = br#"{"name": "ab"}"#;

/// The time limit for a shutdown without requests. The limit is shorter than the default `SHUTDOWN_TIMEOUT`.
const PROMPT: Duration = Duration::from_secs(10);

/// Sends the first bytes of a request that creates an application. Returns when the handler waits for the remaining
/// bytes.
fn begin(server: &Server) -> Connection {
    let mut connection = Connection::open(server);
    connection.send(head(server, CREATE));
    connection.read_continue();
    connection.send(&BODY[..3]);
    connection
}

pub(crate) fn a_shutdown_waits_for_a_request_in_flight(host: Host) {
    let server = host.start("finished", &Options::default());
    let mut connection = begin(&server);
    server.signal("TERM");
    eventually("the server is shutting down", SOON, || {
        // The server still serves new connections, because a load balancer notices the shutdown only later.
        let response = server.api().get("/readyz").send();
        if response.status == 200 {
            return Err("the server is ready".to_owned());
        }
        let problem = response.problem(503);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("shutting down")
        );
        Ok(())
    });
    connection.send(&BODY[3..]);
    let response = connection.read_response(CREATE).expect("a response");
    assert_eq!(response.status, 201, "{response:?}");
    let status = server.wait_for_exit(PROMPT);
    assert!(status.success(), "{status}");
}

/// Sends the signal to stop, and waits until the shutdown has started.
fn start_shutdown(server: &Server) {
    server.signal("TERM");
    eventually("the shutdown has started", SOON, || {
        let lines = server.log.lines();
        let has_started = lines.iter().any(|line| line["message"] == "shutting down");
        has_started
            .then_some(())
            .ok_or_else(|| "no line".to_owned())
    });
}

pub(crate) fn a_connection_that_is_opened_during_a_shutdown_is_served(host: Host) {
    let server = host.start("late", &Options::default());
    let mut in_flight = begin(&server);
    start_shutdown(&server);
    let mut late = Connection::open(&server);
    // Waits, so that the server accepts the connection before the request arrives.
    std::thread::sleep(Duration::from_millis(200));
    late.send(head(&server, "GET /readyz HTTP/1.1"));
    let response = late.read_response("/readyz").expect("a response");
    response.problem(503);
    in_flight.send(&BODY[3..]);
    let response = in_flight.read_response(CREATE).expect("a response");
    assert_eq!(response.status, 201, "{response:?}");
}

pub(crate) fn a_shutdown_ends_at_its_deadline(host: Host) {
    let server = host.start("deadline", &Options::with(&[("SHUTDOWN_TIMEOUT", "1s")]));
    let _connection = begin(&server);
    let started = Instant::now();
    server.signal("TERM");
    let status = server.wait_for_exit(PROMPT);
    let took = started.elapsed();
    assert!(
        status.success() && took >= Duration::from_secs(1),
        "{status} after {took:?}"
    );
}

pub(crate) fn a_second_signal_ends_the_process_immediately(host: Host) {
    let server = host.start("second-signal", &Options::default());
    let _connection = begin(&server);
    start_shutdown(&server);
    server.signal("INT");
    server.wait_for_exit(PROMPT);
}

pub(crate) fn an_idle_connection_does_not_delay_the_shutdown(host: Host) {
    let server = host.start("idle", &Options::default());
    let mut idle = Connection::open(&server);
    idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.read_until("ok");
    // A connection on which the client sends no request.
    let _unused = Connection::open(&server);
    let started = Instant::now();
    server.signal("TERM");
    server.wait_for_exit(PROMPT);
    assert!(started.elapsed() < Duration::from_secs(3));
}

pub(crate) fn a_shutdown_closes_sockets_and_event_streams(host: Host) {
    let server = host.start("streams", &Options::probe());
    let mut socket = Client::open(&server, "");
    let mut events = Connection::open(&server);
    events.send(head(&server, "GET /events/endless HTTP/1.1"));
    events.read_until("data: ");
    server.signal("TERM");
    // The close code 1001 means that the server is going down (RFC 6455 section 7.4.1).
    assert_eq!(socket.read_close().0, 1001);
    events
        .read_response("the events")
        .expect("the end of the stream");
    let status = server.wait_for_exit(PROMPT);
    assert!(status.success(), "{status}");
}

pub(crate) fn a_shutdown_waits_for_a_delivery_in_flight_and_records_it(host: Host) {
    let arrived = Gate::default();
    let arrival = arrived.clone();
    let receiver = Receiver::new(move |_, _| {
        arrival.open();
        std::thread::sleep(Duration::from_millis(1500));
        Reply::status(200)
    });
    let first = host.start("delivery", &Options::default());
    let app = App::on(first.api());
    app.endpoint(&receiver.url("/hook"));
    let message = app.send(&json!({}).to_string());
    arrived.pass(SOON);
    first.signal("TERM");
    let status = first.wait_for_exit(PROMPT);
    assert!(status.success(), "{status}");

    let second = host.start("delivery", &Options::keeping_data());
    let app = App {
        api: second.api(),
        id: app.id,
    };
    let attempts = app.wait_for_attempts(&message, 1);
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    assert_eq!(attempts[0]["status"], 0, "{attempts:?}");
    assert_eq!(receiver.deliveries().len(), 1);
}

pub(crate) fn a_handler_runs_to_its_end_even_if_its_client_disconnects(host: Host) {
    let probe = probe::shared(host);
    let id = unique("hung-up");
    let lines = format!("GET /wait HTTP/1.1\r\nX-Request-Id: {id}");
    let mut connection = Connection::open(&probe);
    connection.send(head(&probe, &lines));
    // The handler takes 300 ms. The client cannot observe the start of the handler, so the scenario waits.
    std::thread::sleep(Duration::from_millis(100));
    drop(connection);
    eventually("the request is logged", SOON, || {
        let lines = probe.log.lines_of_request(&id);
        let line = lines.iter().find(|line| line["message"] == "request");
        line.filter(|line| line["status"] == 200)
            .map(drop)
            .ok_or_else(|| format!("{lines:?}"))
    });
}

pub(crate) fn a_delivery_that_a_shutdown_aborts_is_retried_without_waiting_for_its_lease(
    host: Host,
) {
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::new(move |_, before| {
        if before == 0 {
            held.pass(SOON);
        }
        Reply::status(200)
    });
    let options = Options::with(&[("SHUTDOWN_TIMEOUT", "1s")]);
    let first = host.start("handed-back", &options);
    let app = App::on(first.api());
    app.endpoint(&receiver.url("/hook"));
    app.send("{}");
    receiver.wait_for(1, SOON);
    first.signal("TERM");
    first.wait_for_exit(PROMPT);
    let handed_back = "tasks of aborted attempts were handed back";
    assert!(
        first
            .log
            .lines()
            .iter()
            .any(|line| line["message"] == handed_back)
    );

    let started = Instant::now();
    let _second = host.start("handed-back", &Options::keeping_data());
    receiver.wait_for(2, SOON);
    // If the first server had not handed back the task, the second server would wait until the lease ends after 40 s.
    assert!(started.elapsed() < Duration::from_secs(20));
    gate.open();
}

pub(crate) fn a_message_is_delivered_even_if_its_sender_disconnects(host: Host) {
    const MESSAGES: usize = 40;
    let receiver = Receiver::new(|_, _| Reply::status(200));
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    for number in 0..MESSAGES {
        let body = format!(r#"{{"eventType":"user.signup","payload":{{"number":{number}}}}}"#);
        let path = app.path("/msg");
        let line = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}",
            body.len()
        );
        let mut connection = Connection::open(host.server());
        let mut writer = connection.writer();
        connection.send([&head(host.server(), &line), body.as_bytes()].concat());
        // Closes the connection after a different time for each message, while the handler runs.
        std::thread::sleep(Duration::from_micros(300 * (number as u64 % 20)));
        writer.flush().unwrap();
        drop((connection, writer));
    }
    let accepted = || {
        let list = app.api.get(&app.path("/msg?limit=250")).expect(200);
        list["data"].as_array().unwrap().len()
    };
    eventually("every accepted message is delivered", SOON, || {
        let (before, delivered) = (accepted(), receiver.deliveries().len());
        // Counts the messages again, because the server may have accepted another message meanwhile. This message must
        // be delivered too.
        let after = accepted();
        if after > 0 && (before, delivered) == (after, after) {
            return Ok(());
        }
        Err(format!("{delivered} of {before}, then {after}"))
    });
}
