//! The same scenario leaves the same lines on every host.

use std::fmt::{self, Write};
use std::{env, fs};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::support::app::{App, unique};
use crate::support::host::Host;
use crate::support::launch::root;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::{SOON, eventually};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// What each host writes, line by line: `#` stands for a time, `@` for an id.
const LINES: &str = include_str!("logs.txt");

pub(crate) fn the_lines_of_a_scenario_are_the_same_on_every_host(host: Host) {
    // The first attempt fails, the second succeeds.
    let receiver = Receiver::new(|_, earlier| Reply::status(if earlier == 0 { 503 } else { 200 }));
    let app = App::new(host);
    let url = receiver.url("/hook");
    assert_eq!(url.len(), "http://127.0.0.1:12345/hook".len(), "{url}");
    let app_path = app.path("");
    let endpoints = app.path("/endpoint");
    let messages = app.path("/msg");
    let message = r#"{"eventType":"a","payload":{"n":1}}"#;
    let steps = [
        ("GET", "/healthz", String::new()),
        ("POST", &*endpoints, json!({ "url": url }).to_string()),
        ("GET", &app_path, String::new()),
        ("POST", &endpoints, r#"{"url":"no url"}"#.to_owned()),
        ("POST", &messages, message[1..].to_owned()),
        ("GET", "/nothing?to=see", String::new()),
        // Not without a body: of those, Spin does not tell that there is none.
        ("PUT", "/healthz", "{}".to_owned()),
        ("POST", &messages, message.to_owned()),
    ];
    let ids = steps.map(|(method, path, body)| {
        let id = unique("lines");
        let parent = format!("00-{TRACE}-{CALLER}-01");
        let request = app.api.call(method, path).body("application/json", body);
        let request = request.header("x-request-id", &id);
        request.header("traceparent", &parent).send();
        id
    });

    // A line a request, and one an attempt.
    let count = ids.len() + 2;
    let lines = eventually("every line is there", SOON, || {
        let of_step = ids.iter().flat_map(|id| host.server().log.text_of(id));
        let lines: Vec<String> = of_step.collect();
        if lines.len() < count {
            return Err(format!("{} of {count}", lines.len()));
        }
        Ok(lines)
    });
    let shown: String = lines.iter().map(|line| normalised(line) + "\n").collect();
    if shown != LINES && env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::write(root().join("tests/hosts/logs.txt"), &shown).unwrap();
        return;
    }
    let differences = shown.lines().zip(LINES.lines()).filter(|(a, b)| a != b);
    let differences: String = differences
        .map(|(shown, expected)| format!("  is {shown}\n not {expected}\n"))
        .collect();
    assert_eq!(
        (differences.as_str(), shown.lines().count()),
        ("", LINES.lines().count()),
        "{host} writes other lines than tests/hosts/logs.txt; UPDATE=1 writes these there:\n{differences}"
    );
}

/// A line with its members in their order, without what differs from run to run.
fn normalised(line: &str) -> String {
    let Members(members) = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let mut shown = String::new();
    for (name, value) in members {
        let text = match &*name {
            "timestamp" | "duration_ms" | "db_ms" | "fetch_ms" | "retry_in_ms" => "#".to_owned(),
            "request_id" | "task_id" | "span_id" => "@".to_owned(),
            "parent_span_id" if value != CALLER => "@".to_owned(),
            _ => value.to_string(),
        };
        let space = if shown.is_empty() { "" } else { " " };
        write!(shown, "{space}{name}={text}").unwrap();
    }
    shown
}

/// The members of an object in their order.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}
