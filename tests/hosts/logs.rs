//! The same requests write the same log lines on every host.

use std::fmt::{self, Write};
use std::{env, fs};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::support::app::{App, unique};
use crate::support::host::Host;
use crate::support::launch::root;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::secrets;
use crate::support::wait::{SOON, eventually};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// The log lines that each host writes. `#` is a placeholder for a time, `@` for an id.
const LINES: &str = include_str!("logs.txt");

pub(crate) fn every_host_writes_the_same_log_lines(host: Host) {
    // The first delivery attempt fails, and the second attempt succeeds.
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
        // This PUT request has a body, because Spin does not report the length of an empty PUT body.
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

    // The log has one line for each request and one line for each of the two attempts.
    let count = ids.len() + 2;
    let lines = eventually("every log line is written", SOON, || {
        let of_step = ids
            .iter()
            .flat_map(|id| host.server().log.text_of_request(id));
        let lines: Vec<String> = of_step.collect();
        if lines.len() < count {
            return Err(format!("{} of {count}", lines.len()));
        }
        Ok(lines)
    });
    // The requests had a trace context, which must not be sent to receivers.
    for delivery in receiver.wait_for(2, SOON) {
        assert!(!delivery.headers.contains_key("traceparent"));
    }
    let actual: String = lines.iter().map(|line| normalize(line) + "\n").collect();
    if actual != LINES && env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::write(root().join("tests/hosts/logs.txt"), &actual).unwrap();
        return;
    }
    let differences = actual.lines().zip(LINES.lines()).filter(|(a, b)| a != b);
    let differences: String = differences
        .map(|(actual, expected)| format!("  actual   {actual}\n  expected {expected}\n"))
        .collect();
    assert_eq!(
        (differences.as_str(), actual.lines().count()),
        ("", LINES.lines().count()),
        "the log lines of {host} differ from tests/hosts/logs.txt; UPDATE=1 updates the file:\n{differences}"
    );
}

/// The output of a native program is its log. So every line of the output is JSON, and no line has a secret.
pub(crate) fn every_line_of_the_output_is_json_without_secrets(host: Host) {
    let server = host.start("output", &Options::default());
    App::on(server.api()).send("{}");
    server.signal("TERM");
    server.wait_for_exit(SOON);
    let output = server.log.text();
    assert!(output.contains("shutting down"), "{output}");
    for line in output.lines() {
        let fields = serde_json::from_str::<Value>(line);
        assert!(fields.is_ok_and(|fields| fields.is_object()), "{line}");
        assert!(!secrets::appear_in(line), "{line}");
    }
}

pub(crate) fn an_environment_variable_that_is_not_utf_8_is_ignored(host: Host) {
    let mut options = Options::probe();
    options.not_utf_8 = Some("UNREADABLE");
    let server = host.start("not-utf-8", &options);
    let lines = server.log.lines();
    let warning = lines.iter().find(|line| line["variable"] == "UNREADABLE");
    assert_eq!(warning.expect("a warning")["level"], "warn");
}

/// Returns the fields of a log line in their original order, with placeholders for values that differ between runs.
fn normalize(line: &str) -> String {
    let Fields(fields) = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let mut normalized = String::new();
    for (name, value) in fields {
        let text = match &*name {
            "timestamp" | "duration_ms" | "db_ms" | "fetch_ms" | "retry_in_ms" => "#".to_owned(),
            "request_id" | "task_id" | "span_id" => "@".to_owned(),
            "parent_span_id" if value != CALLER => "@".to_owned(),
            _ => value.to_string(),
        };
        let space = if normalized.is_empty() { "" } else { " " };
        write!(normalized, "{space}{name}={text}").unwrap();
    }
    normalized
}

/// The fields of a JSON object in their original order.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(All)
    }
}
