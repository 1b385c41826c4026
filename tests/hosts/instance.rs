//! What a WebAssembly instance does on Workers that Relay gives no occasion for: traps, streams, repeated headers.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::probe::Probe;
use crate::support::wait::{SOON, eventually};

pub(crate) fn a_trap_costs_its_own_request_only() {
    let probe = Probe::shared();
    for turn in 0..3 {
        let id = format!("trap-at-once-{turn}");
        let answer = probe.api.get("/panic").header("x-request-id", &id).send();
        assert_eq!(answer.header("x-request-id"), id);
        answer.problem(500);
        assert_eq!(probe.api.get("/text").send().text(), "hello");
    }
    eventually("the panic is logged with its request", SOON, || {
        let log = probe.log();
        let panic =
            |line: &&str| line.contains("trap-at-once-0") && line.contains("asked to panic");
        log.lines().find(panic).map(drop).ok_or(log)
    });
}

pub(crate) fn a_trap_after_an_await_costs_its_own_request_only() {
    let probe = Probe::shared();
    for _ in 0..3 {
        probe.api.get("/panic-later").send().problem(500);
        assert_eq!(probe.api.get("/text").send().text(), "hello");
    }
}

pub(crate) fn what_is_under_way_when_another_request_traps_is_answered() {
    let probe = Probe::shared();
    let started = Instant::now();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| probe.api.get("/wait").send()))
            .collect();
        probe.api.get("/panic-later").send().problem(500);
        for request in waiting {
            let answer = request.join().unwrap();
            // Served by the instance before or after, or lost with the one that trapped: never left hanging.
            match answer.status {
                200 => assert_eq!(answer.text(), "waited"),
                _ => drop(answer.problem(500)),
            }
        }
    });
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(probe.api.get("/wait").send().text(), "waited");
}

pub(crate) fn a_stream_arrives_whole() {
    let answer = Probe::shared().api.get("/stream").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), "one two three");
}

pub(crate) fn repeated_headers_stay_apart() {
    let answer = Probe::shared().api.get("/cookies").send();
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(answer.text(), "two cookies");
}

pub(crate) fn bytes_come_back_as_they_were_sent() {
    let probe = Probe::shared();
    for length in [0, 1, 255, 4096, 4097, 100_000] {
        let bytes: Vec<u8> = (0..length).map(|at: usize| at.to_le_bytes()[0]).collect();
        let answer = probe
            .api
            .call("POST", "/echo")
            .body("application/octet-stream", bytes.clone())
            .send();
        assert_eq!(answer.status, 200);
        assert!(answer.body == bytes, "{length} bytes");
    }
    let text = "ASCII, then ünïcödé: 🦀".repeat(50);
    let answer = probe
        .api
        .call("POST", "/echo")
        .body("text/plain", text.clone())
        .send();
    assert_eq!(answer.text(), text);
}
