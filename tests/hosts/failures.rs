//! What the client and the log are told when the server fails. The probe fails on demand; Relay should not.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::probe;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

/// With nothing awaited before the panic, and after an await.
const PANICS: [&str; 2] = ["/panic", "/panic-later"];

pub(crate) fn a_failure_is_told_to_the_log_and_not_to_the_client(host: Host) {
    let probe = probe::shared(host);
    let id = unique("failure");
    let answer = probe.api().get("/fail").header("x-request-id", &id).send();
    assert_eq!(answer.header("x-request-id"), id);
    let problem = answer.problem(500);
    assert!(!problem.to_string().contains("asked to"), "{problem}");

    let line = wait_for_line(&probe, &id, "the probe was asked to fail");
    assert_eq!(line["message"], "request failed", "{line}");
    assert_eq!(line["route"], "/fail", "{line}");
}

pub(crate) fn after_a_panic_the_next_request_is_served(host: Host) {
    let probe = probe::alone(host);
    for path in PANICS.repeat(2) {
        let answer = probe.api().get(path).send();
        assert_eq!(answer.status, 500, "{answer:?}");
        assert_eq!(probe.api().get("/text").send().text(), "hello");
    }
}

pub(crate) fn a_panic_is_logged_with_its_request(host: Host) {
    let probe = probe::alone(host);
    for path in PANICS {
        let id = unique("panic");
        probe.api().get(path).header("x-request-id", &id).send();
        wait_for_line(&probe, &id, "the probe was asked to panic");
    }
}

pub(crate) fn a_panic_is_answered_with_a_problem(host: Host) {
    let probe = probe::alone(host);
    for path in PANICS {
        let id = unique("panic");
        let answer = probe.api().get(path).header("x-request-id", &id).send();
        assert_eq!(answer.header("x-request-id"), id);
        answer.problem(500);
    }
}

pub(crate) fn what_is_under_way_is_answered_when_another_request_panics(host: Host) {
    let probe = probe::alone(host);
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

pub(crate) fn what_is_under_way_outlives_a_panic(host: Host) {
    let probe = probe::alone(host);
    assert_eq!(waiting_while_one_panics(&probe), [200; 4]);
}

/// The statuses of four requests that take longer than another one that panics.
fn waiting_while_one_panics(probe: &Server) -> [u16; 4] {
    let wait = || probe.api().get("/wait").send().status;
    thread::scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(wait));
        probe.api().get("/panic-later").send();
        waiting.map(|request| request.join().unwrap())
    })
}

/// The line about a request whose error has that text.
fn wait_for_line(probe: &Server, id: &str, text: &str) -> Value {
    let says = |line: &Value| line["error"].as_str().is_some_and(|e| e.contains(text));
    eventually("the cause is logged", SOON, || {
        let lines = probe.log.of(id);
        lines
            .iter()
            .find(|line| says(line))
            .cloned()
            .ok_or_else(|| format!("{lines:?}"))
    })
}
