//! Retries after failed attempts. The shared servers retry a delivery three times, each time after 1 s.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::{App, text};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::SOON;

pub(crate) fn a_receiver_that_fails_twice_gets_a_third_attempt(host: Host) {
    let receiver = Receiver::new(|_, before| {
        // Waits, so that the recorded duration cannot be zero.
        thread::sleep(Duration::from_millis(250));
        match before {
            0 | 1 => Reply::status(500).body(format!("failure {before}")),
            _ => Reply::status(200).body("thank you"),
        }
    });
    let app = App::new(host);
    let endpoint = app.endpoint(&receiver.url("/hook"));
    let secret = app.secret(&endpoint);
    let id = app.send(r#"{"try":"again"}"#);

    let deliveries = receiver.wait_for(3, SOON);
    for delivery in &deliveries {
        assert_eq!(delivery.id(), id);
        assert!(delivery.verifies_with(&secret), "{delivery:?}");
        assert_eq!(delivery.body, deliveries[0].body);
    }

    let attempts = app.wait_for_attempts(&id, 3);
    assert_eq!(column(&attempts, "status"), [2, 2, 0]);
    assert_eq!(column(&attempts, "statusText"), ["fail", "fail", "success"]);
    assert_eq!(column(&attempts, "responseStatusCode"), [500, 500, 200]);
    assert_eq!(
        column(&attempts, "response"),
        ["failure 0", "failure 1", "thank you"]
    );
    for attempt in &attempts {
        let duration = attempt["responseDurationMs"].as_u64().expect("a duration");
        assert!((250..20_000).contains(&duration), "{attempt}");
        assert_eq!(attempt["msgId"], *id);
        assert_eq!(attempt["endpointId"], *endpoint);
        assert_eq!(attempt["url"], receiver.url("/hook"));
        assert_eq!(attempt["triggerType"], 0);
    }
    let ids: HashSet<String> = attempts.iter().map(|attempt| text(attempt, "id")).collect();
    assert_eq!(ids.len(), 3, "{attempts:?}");

    let by_endpoint = app.attempts_at(&format!("/attempt/endpoint/{endpoint}"));
    assert_eq!(by_endpoint, attempts);
    let bare = app.attempts_at(&format!("/attempt/msg/{id}?with_content=false"));
    assert_eq!(column(&bare, "response"), ["", "", ""]);
    let failed = app.attempts_at(&format!(
        "/attempt/msg/{id}?status=2&expanded_statuses=true"
    ));
    assert_eq!(failed, attempts[..2]);
}

pub(crate) fn a_refused_connection_is_a_failed_attempt(host: Host) {
    // Nothing listens on this address, because receivers listen on 127.0.0.1.
    const UNUSED: &str = "http://127.0.0.3:19999/hook";
    let app = App::new(host);
    app.endpoint(UNUSED);
    let id = app.send("{}");

    for attempt in app.wait_for_attempts(&id, 2) {
        assert_eq!(attempt["url"], UNUSED);
        assert_eq!(attempt["status"], 2, "{attempt}");
        assert_eq!(attempt["responseStatusCode"], 0, "{attempt}");
    }
}

pub(crate) fn attempts_stop_at_the_end_of_the_schedule(host: Host) {
    let receiver = Receiver::new(|_, _| Reply::status(503));
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let first = app.send("{}");
    assert_eq!(app.wait_for_attempts(&first, 4).len(), 4);

    // Waits while a second message goes through the whole retry schedule. In this time, no fifth attempt of the first
    // message may arrive.
    let second = app.send("{}");
    assert_eq!(app.wait_for_attempts(&second, 4).len(), 4);
    let attempts = app.attempts(&first);
    assert_eq!(column(&attempts, "status"), [2, 2, 2, 2]);
}

fn column(attempts: &[Value], field: &str) -> Vec<Value> {
    attempts
        .iter()
        .map(|attempt| json!(attempt[field]))
        .collect()
}
