//! `POST /_whippet/sweep`, which runs due tasks.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::app::App;
use crate::support::client::{Api, Call};
use crate::support::database;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::raw::Connection;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::{Server, state};
use crate::support::wait::SOON;

/// The delay of a late retry, in seconds. The delay is longer than the 10 s for which an instance on Spin waits for due
/// tasks.
const LATE: u64 = 12;

/// Inserts two tasks. The first task is overdue, and succeeds because its message does not exist. The second task is
/// due in the year 2100.
const TASKS: &str = r#"insert into tasks (id, name, args, due_at, created_at) values
    ('task_lost', 'deliver', '{"message_id":"msg_x","endpoint_id":"ep_x"}', 0, 0),
    ('task_late', 'deliver', '{"message_id":"msg_x","endpoint_id":"ep_x"}', 4102444800000, 0)"#;

pub(crate) fn the_sweep_requires_the_sweep_key(host: Host) {
    let api = host.api();
    sweep(&api).without_key().send().problem(401);
    // The API key is not accepted as the sweep key.
    sweep(&api).send().problem(401);
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        Server::SWEEP_KEY,
        "Bearer sweep_hosts_0b7c4",
        "Bearer sweep_hosts_0b7c411",
    ] {
        let response = sweep(&api).header("authorization", wrong).send();
        response.problem(401);
        assert!(
            response.header("www-authenticate").starts_with("Bearer"),
            "{response:?}"
        );
    }
    let response = with_key(sweep(&api)).expect(200);
    assert!(response["ran"].is_u64(), "{response}");
    assert!(
        response["nextDue"].is_string() || response["nextDue"].is_null(),
        "{response}"
    );

    let get = with_key(api.get("/_whippet/sweep")).send();
    get.problem(405);
    assert!(get.header("allow").contains("POST"), "{get:?}");
}

pub(crate) fn the_sweep_is_404_without_a_sweep_key(host: Host) {
    let api = host.bare().api();
    sweep(&api).send().problem(404);
    with_key(sweep(&api)).send().problem(404);
}

pub(crate) fn a_sweep_runs_tasks_that_another_process_wrote(host: Host) {
    let server = host.start("swept", &Options::without_sweep());
    let run = || with_key(sweep(&server.api())).expect(200);
    assert_eq!(run(), json!({"ran": 0, "nextDue": null}));
    database::execute(host, &state(host, "swept"), TASKS);
    let next = "2100-01-01T00:00:00.000Z";
    assert_eq!(run(), json!({"ran": 1, "nextDue": next}));
    assert_eq!(run(), json!({"ran": 0, "nextDue": next}));
}

pub(crate) fn a_late_retry_needs_no_sweep(host: Host) {
    let (receiver, _server) = with_a_late_retry(host, "late");
    receiver.wait_for(2, SOON);
}

pub(crate) fn a_late_retry_waits_for_the_sweep(host: Host) {
    let (receiver, server) = with_a_late_retry(host, "late-swept");
    // Sleeps, because the absence of a second delivery is not an event that the test could wait for.
    thread::sleep(Duration::from_secs(LATE + 2));
    assert_eq!(receiver.deliveries().len(), 1);
    assert_eq!(with_key(sweep(&server.api())).expect(200)["ran"], 1);
    assert_eq!(receiver.deliveries().len(), 2);
}

pub(crate) fn a_sweep_whose_caller_disconnects_finishes_its_attempts(host: Host) {
    let receiver = Receiver::new(|_, before| match before {
        0 => Reply::status(503).header("Retry-After", &LATE.to_string()),
        _ => {
            thread::sleep(Duration::from_secs(2));
            Reply::status(200)
        }
    });
    let server = host.start("hung-up", &Options::without_sweep());
    let app = App::on(server.api());
    app.endpoint(&receiver.url("/hook"));
    let message = app.send("{}");
    app.wait_for_attempts(&message, 1);
    // The retry is due now. Without a sweep, the server would run the retry much later.
    database::execute(host, &state(host, "hung-up"), "update tasks set due_at = 0");
    let mut connection = Connection::open(&server);
    connection.send(format!(
        "POST /_whippet/sweep HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
        Server::SWEEP_KEY
    ));
    receiver.wait_for(2, SOON);
    drop(connection);
    let attempts = app.wait_for_attempts(&message, 2);
    assert_eq!(attempts[1]["status"], 0, "{attempts:?}");
    assert_eq!(receiver.deliveries().len(), 2);
}

/// Starts a receiver, and a server that gets no sweep requests. The receiver's first reply delays the second attempt
/// with `Retry-After`.
fn with_a_late_retry(host: Host, name: &str) -> (Receiver, Server) {
    let receiver = Receiver::new(|_, before| match before {
        0 => Reply::status(503).header("Retry-After", &LATE.to_string()),
        _ => Reply::status(200),
    });
    let server = host.start(name, &Options::without_sweep());
    let app = App::on(server.api());
    app.endpoint(&receiver.url("/hook"));
    app.send("{}");
    receiver.wait_for(1, SOON);
    (receiver, server)
}

fn sweep(api: &Api) -> Call {
    api.call("POST", "/_whippet/sweep")
}

fn with_key(call: Call) -> Call {
    call.header("authorization", &format!("Bearer {}", Server::SWEEP_KEY))
}
