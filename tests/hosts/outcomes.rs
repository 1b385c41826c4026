//! The outcome of an attempt, which depends on the response of the receiver.

use std::collections::HashMap;

use serde_json::Value;

use crate::support::app::{App, text};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::{SOON, eventually};

pub(crate) fn only_2xx_responses_are_a_success(host: Host) {
    let succeed = [200, 201, 202, 204, 299];
    let fail = [300, 304, 400, 401, 404, 408, 429, 500, 502, 503, 504];
    let receiver = Receiver::new(|delivery, _| Reply::status(delivery.path[1..].parse().unwrap()));
    let app = App::new(host);
    let statuses: Vec<u16> = succeed.into_iter().chain(fail).collect();
    for status in &statuses {
        app.endpoint(&receiver.url(&format!("/{status}")));
    }

    let id = app.send("{}");
    let first = first_attempts(&app, &id, statuses.len());
    for status in statuses {
        let attempt = &first[&receiver.url(&format!("/{status}"))];
        assert_eq!(attempt["responseStatusCode"], status, "{attempt}");
        let expected = if succeed.contains(&status) { 0 } else { 2 };
        assert_eq!(attempt["status"], expected, "{attempt}");
    }
}

pub(crate) fn a_410_disables_the_endpoint(host: Host) {
    let receiver = Receiver::new(|delivery, before| match (&*delivery.path, before) {
        ("/gone", _) => Reply::status(410),
        // The test waits for the second retry at `/live`. If Relay retried the delivery to `/gone`, this retry would
        // arrive earlier.
        ("/live", 0 | 1) => Reply::status(500),
        _ => Reply::status(200),
    });
    let app = App::new(host);
    let gone = app.endpoint(&receiver.url("/gone"));
    app.endpoint(&receiver.url("/live"));
    assert_eq!(app.get_endpoint(&gone)["disabled"], false);
    app.send(r#"{"number":1}"#);
    receiver.wait_for(4, SOON);
    eventually("the endpoint is disabled", SOON, || {
        let endpoint = app.get_endpoint(&gone);
        if endpoint["disabled"] == true {
            Ok(())
        } else {
            Err(endpoint.to_string())
        }
    });

    app.send(r#"{"number":2}"#);
    receiver.wait_for(5, SOON);
    assert_eq!(
        receiver.counts(),
        HashMap::from([("/gone".into(), 1), ("/live".into(), 4)])
    );
}

pub(crate) fn a_redirect_is_not_followed(host: Host) {
    let redirects = [301, 302, 303, 307, 308];
    let elsewhere = Receiver::accepting();
    let target = elsewhere.url("/stolen");
    let receiver = Receiver::new(move |delivery, _| {
        Reply::status(delivery.path[1..].parse().unwrap()).header("Location", &target)
    });
    let app = App::new(host);
    for status in redirects {
        app.endpoint(&receiver.url(&format!("/{status}")));
    }

    let id = app.send("{}");
    let first = first_attempts(&app, &id, redirects.len());
    for status in redirects {
        let attempt = &first[&receiver.url(&format!("/{status}"))];
        assert_eq!(attempt["responseStatusCode"], status, "{attempt}");
        assert_eq!(attempt["status"], 2, "{attempt}");
    }
    assert!(
        elsewhere.deliveries().is_empty(),
        "{:?}",
        elsewhere.deliveries()
    );
}

pub(crate) fn a_stored_response_is_cut_at_16_kib(host: Host) {
    const LIMIT: usize = 16 * 1024;
    let receiver = Receiver::new(|delivery, _| {
        Reply::status(200).body(match &*delivery.path {
            "/short" => "x".repeat(LIMIT),
            "/long" => "x".repeat(LIMIT + 1),
            "/split" => "€".repeat(LIMIT),
            _ => "x".repeat(3 * 1024 * 1024),
        })
    });
    let app = App::new(host);
    for path in ["/short", "/long", "/split", "/huge"] {
        app.endpoint(&receiver.url(path));
    }

    let id = app.send("{}");
    let first = first_attempts(&app, &id, 4);
    let response = |path: &str| {
        let attempt = &first[&receiver.url(path)];
        assert_eq!(attempt["status"], 0, "{path}");
        text(attempt, "response")
    };
    for path in ["/short", "/long", "/huge"] {
        assert!(
            response(path) == "x".repeat(LIMIT),
            "{path}: {}",
            response(path).len()
        );
    }
    // The limit cuts a character of three bytes. Relay removes or replaces the first part of this character.
    let split = response("/split");
    assert!(split.starts_with(&"€".repeat(LIMIT / 3)), "{}", split.len());
    assert!(split.chars().count() <= LIMIT / 3 + 1, "{}", split.len());
}

pub(crate) fn a_response_that_is_not_utf_8_is_stored(host: Host) {
    let receiver = Receiver::new(|_, _| Reply::status(200).body(b"a\xff\xfe\x00b".as_slice()));
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let id = app.send("{}");
    let attempt = app.wait_for_attempts(&id, 1).remove(0);
    assert_eq!(attempt["status"], 0, "{attempt}");
    let base64 = "data:application/octet-stream;base64,Yf/+AGI=";
    assert_eq!(text(&attempt, "response"), base64);
}

/// Only the status decides the outcome, even if the body of the response is incomplete.
pub(crate) fn the_status_decides_even_if_the_body_of_the_response_is_cut_off(host: Host) {
    let receiver = Receiver::new(|_, _| Reply::status(200).body("half").cut_off());
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let id = app.send("{}");
    let attempt = app.wait_for_attempts(&id, 1).remove(0);
    assert_eq!(attempt["status"], 0, "{attempt}");
    assert_eq!(attempt["responseStatusCode"], 200, "{attempt}");
    assert!("half".starts_with(&text(&attempt, "response")), "{attempt}");
}

/// Waits until the message has attempts at `urls` different URLs. Returns the first attempt at each URL.
fn first_attempts(app: &App, message: &str, urls: usize) -> HashMap<String, Value> {
    eventually("each endpoint has an attempt", SOON, || {
        let mut first = HashMap::new();
        for attempt in app.attempts(message) {
            first.entry(text(&attempt, "url")).or_insert(attempt);
        }
        if first.len() == urls {
            Ok(first)
        } else {
            Err(format!("{:?}", first.keys()))
        }
    })
}
