//! Event types and channels decide which endpoints get a message.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::{App, text};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::wait::SOON;

/// Returns the path of each endpoint, its filters, and the names of the messages that the endpoint gets.
fn endpoints() -> [(&'static str, Value, &'static [&'static str]); 6] {
    [
        ("/all", json!({}), &["a", "b", "a-x", "b-xz", "a-z"]),
        (
            "/null",
            json!({"eventTypes": null, "channels": null}),
            &["a", "b", "a-x", "b-xz", "a-z"],
        ),
        (
            "/a",
            json!({"eventTypes": ["type.a"]}),
            &["a", "a-x", "a-z"],
        ),
        (
            "/ab",
            json!({"eventTypes": ["type.b", "type.a"]}),
            &["a", "b", "a-x", "b-xz", "a-z"],
        ),
        ("/xy", json!({"channels": ["x", "y"]}), &["a-x", "b-xz"]),
        (
            "/a-z",
            json!({"eventTypes": ["type.a"], "channels": ["z"]}),
            &["a-z"],
        ),
    ]
}

/// Returns each message's name, event type and channels.
fn messages() -> [(&'static str, &'static str, Value); 5] {
    [
        ("a", "type.a", Value::Null),
        ("b", "type.b", Value::Null),
        ("a-x", "type.a", json!(["x"])),
        ("b-xz", "type.b", json!(["x", "z"])),
        ("a-z", "type.a", json!(["z"])),
    ]
}

pub(crate) fn an_endpoint_gets_the_messages_that_match_its_filters(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let mut expected = BTreeSet::new();
    for (path, filters, gets) in endpoints() {
        let mut new = filters;
        new["url"] = json!(receiver.url(path));
        let id = app.endpoint_with(new.clone());
        for field in ["eventTypes", "channels"] {
            let stored = app.get_endpoint(&id)[field].clone();
            assert_eq!(sorted(&stored), sorted(&new[field]), "{path}");
        }
        expected.extend(
            gets.iter()
                .map(|name| (path.to_owned(), (*name).to_owned())),
        );
    }
    for (name, event_type, channels) in messages() {
        let new = json!({"eventType": event_type, "channels": channels, "payload": {"name": name}});
        app.api.post(&app.path("/msg"), new).expect(202);
    }

    let arrived = |count| -> BTreeSet<(String, String)> {
        let named = |body: &[u8]| text(&serde_json::from_slice(body).unwrap(), "name");
        receiver
            .wait_for(count, SOON)
            .iter()
            .map(|d| (d.path.clone(), named(&d.body)))
            .collect()
    };
    assert_eq!(arrived(expected.len()), expected);

    // Sends a last message and waits for its deliveries, so that late deliveries of earlier messages are found too.
    app.message("type.c", r#"{"name":"last"}"#).expect(202);
    expected.extend([
        ("/all".into(), "last".into()),
        ("/null".into(), "last".into()),
    ]);
    assert_eq!(arrived(expected.len()), expected);
}

pub(crate) fn a_disabled_endpoint_gets_nothing(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let new = json!({"url": receiver.url("/disabled"), "disabled": true});
    let disabled = app.endpoint_with(new);
    assert_eq!(app.get_endpoint(&disabled)["disabled"], true);
    app.endpoint(&receiver.url("/enabled"));

    for _ in 0..3 {
        app.send("{}");
    }
    receiver.wait_for(3, SOON);
    assert_eq!(receiver.at_path("/disabled").len(), 0);
    assert!(
        app.attempts_at(&format!("/attempt/endpoint/{disabled}"))
            .is_empty()
    );
}

fn sorted(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    texts.sort();
    texts
}
