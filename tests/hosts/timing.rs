//! `Retry-After`, and the timeout of an attempt.

use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::{Gate, SOON};

/// Tests both forms of `Retry-After` (RFC 9110 section 10.2.3). Without this header, the delay of the second attempt is
/// 0.8 to 1.2 s.
pub(crate) fn retry_after_delays_the_next_attempt(host: Host) {
    let date: &Mutex<u64> = Box::leak(Box::default());
    let receiver = Receiver::new(move |delivery, before| match (&*delivery.path, before) {
        ("/seconds", 0) => Reply::status(503).header("Retry-After", "3"),
        ("/date", 0) => {
            let until = delivery.clock + 4;
            *date.lock().unwrap() = until;
            Reply::status(503).header("Retry-After", &http_date(until))
        }
        _ => Reply::status(200),
    });
    let app = App::new(host);
    app.endpoint(&receiver.url("/seconds"));
    app.endpoint(&receiver.url("/date"));
    app.send("{}");
    receiver.wait_for(4, SOON);

    let seconds = receiver.at_path("/seconds");
    let waited = seconds[1].at.duration_since(seconds[0].at);
    assert!(
        waited >= Duration::from_millis(2_950),
        "retried after {waited:?}"
    );
    let dated = receiver.at_path("/date");
    assert!(
        dated[1].clock >= *date.lock().unwrap(),
        "retried before the date: {dated:?}"
    );
}

pub(crate) fn an_attempt_times_out_after_20_seconds(host: Host) {
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::new(move |_, _| {
        held.pass(Duration::from_secs(60));
        Reply::status(200)
    });
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let id = app.send("{}");

    receiver.wait_for(1, SOON);
    let attempts = app.wait_for_attempts(&id, 1);
    gate.open();
    assert_eq!(attempts[0]["status"], 2, "{attempts:?}");
    assert_eq!(attempts[0]["responseStatusCode"], 0, "{attempts:?}");
    let duration = attempts[0]["responseDurationMs"].as_u64().unwrap();
    assert!((19_000..26_000).contains(&duration), "{attempts:?}");
    // The next attempt is at least 60 s later.
    assert_eq!(attempts.len(), 1, "{attempts:?}");
}

/// Formats seconds since 1970 as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}
