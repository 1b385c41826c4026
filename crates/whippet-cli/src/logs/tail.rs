//! Converts the events of `wrangler tail --format json` to log lines.
//!
//! An event describes one invocation of a Worker:
//! <https://developers.cloudflare.com/workers/runtime-apis/handlers/tail/>. wrangler prints the JSON that Cloudflare
//! sends, indented by four spaces.

use std::borrow::Cow;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Number, value::RawValue};

use super::{
    record::{Line, Object},
    time,
    value::Value,
};

/// Returns whether `object` is an event of `wrangler tail`.
pub(super) fn is_event(object: &Object<'_>) -> bool {
    object.has("eventTimestamp") && object.has("event")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    logs: Option<Vec<Log<'a>>>,
    exceptions: Option<Vec<Exception>>,
    outcome: Option<String>,
    event_timestamp: Option<f64>,
    event: serde_json::Value,
    cpu_time: Option<Number>,
    wall_time: Option<Number>,
    truncated: Option<bool>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    message: Vec<&'a RawValue>,
    level: String,
    timestamp: Option<f64>,
}

#[derive(Deserialize)]
struct Exception {
    name: Option<String>,
    message: Option<serde_json::Value>,
    stack: Option<String>,
    timestamp: Option<f64>,
}

/// A log line that is generated for a `console` call, an exception or an outcome.
#[derive(Default, Serialize)]
struct GeneratedLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    level: &'a str,
    message: &'a str,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    trigger: Trigger<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_ms: Option<&'a Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall_ms: Option<&'a Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The request, cron trigger or queue that invoked the Worker.
#[derive(Clone, Copy, Default, Serialize)]
struct Trigger<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
}

impl<'a> Trigger<'a> {
    fn new(event: &'a serde_json::Value) -> Self {
        Self {
            method: event["request"]["method"].as_str(),
            url: event["request"]["url"].as_str(),
            status: event["response"]["status"].as_u64(),
            cron: event["cron"].as_str(),
            queue: event["queue"].as_str(),
        }
    }
}

/// Returns the log lines of an event: its `console` calls, its exceptions, its outcome if the invocation failed, and
/// notes about omitted logs or events.
///
/// # Errors
///
/// Fails when the event does not have the form that Cloudflare documents.
pub(super) fn lines(event: &Object<'_>) -> Result<Vec<String>> {
    let event: Event<'_> = serde_json::from_str(event.json)?;
    let started = event.event_timestamp;
    let wall_time = event.wall_time.as_ref().and_then(Number::as_f64);
    let ended = started.map(|ms| ms + wall_time.unwrap_or_default());
    let time = |ms: Option<f64>| ms.or(started).map(|ms| time::rfc3339(ms as i64));
    let trigger = Trigger::new(&event.event);
    let texts: Vec<_> = event.logs.iter().flatten().map(console_text).collect();
    // An invocation for a request has exactly one request id, which its generated lines get too. An invocation for a
    // queue can process the messages of many requests, so its generated lines get no request id.
    let request_id = texts.iter().filter(|_| trigger.url.is_some());
    let request_id = request_id.filter_map(|text| request_id_of(text)).next();
    let request_id = request_id.as_deref();
    let mut lines = Vec::new();

    for (log, text) in event.logs.iter().flatten().zip(texts) {
        if Line::parse(&text).is_some() {
            lines.push(text.into_owned());
            continue;
        }
        lines.push(serde_json::to_string(&GeneratedLine {
            timestamp: time(log.timestamp),
            level: if log.level == "log" {
                "info"
            } else {
                &log.level
            },
            message: &text,
            target: "console",
            request_id,
            ..GeneratedLine::default()
        })?);
    }
    for exception in event.exceptions.iter().flatten() {
        lines.push(serde_json::to_string(&GeneratedLine {
            timestamp: time(exception.timestamp),
            level: "error",
            message: "exception",
            target: "workers",
            request_id,
            error: Some(&exception.text()),
            ..GeneratedLine::default()
        })?);
    }
    let ends = [
        event.outcome.as_deref().and_then(ending),
        truncation(event.truncated),
        overload(&event.event),
    ];
    for (level, message) in ends.into_iter().flatten() {
        lines.push(serde_json::to_string(&GeneratedLine {
            timestamp: time(ended),
            level,
            message,
            target: "workers",
            request_id,
            trigger,
            outcome: event.outcome.as_deref(),
            cpu_ms: event.cpu_time.as_ref(),
            wall_ms: event.wall_time.as_ref(),
            error: None,
        })?);
    }
    Ok(lines)
}

/// Returns the text that was passed to `console`. Whippet always passes one string.
fn console_text<'a>(log: &Log<'a>) -> Cow<'a, str> {
    let text = |part: &&'a RawValue| match Value(part.get()) {
        value if value.quoted().is_some() => value.text(),
        // wrangler may have added line breaks to the JSON. They are removed, because a log line must be on one line.
        value => serde_json::from_str::<serde_json::Value>(value.0)
            .map_or(value.text(), |value| Cow::Owned(value.to_string())),
    };
    match &log.message[..] {
        [only] => text(only),
        parts => Cow::Owned(parts.iter().map(text).collect::<Vec<_>>().join(" ")),
    }
}

fn request_id_of(line: &str) -> Option<String> {
    let id = Line::parse(line)?.values("request_id").next();
    id.map(|id| id.text().into_owned())
}

impl Exception {
    fn text(&self) -> String {
        let message = match &self.message {
            Some(serde_json::Value::String(message)) => message.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let name = self.name.as_deref().unwrap_or("Error");
        let stack = self.stack.iter().flat_map(|stack| stack.lines());
        let stack: String = stack.map(|line| format!("\n{}", line.trim())).collect();
        format!("{name}: {message}{stack}")
    }
}

fn ending(outcome: &str) -> Option<(&'static str, &'static str)> {
    match outcome {
        "ok" | "unknown" => None,
        "canceled" | "responseStreamDisconnected" => Some(("warn", "the client disconnected")),
        _ => Some(("error", "invocation failed")),
    }
}

fn truncation(truncated: Option<bool>) -> Option<(&'static str, &'static str)> {
    let message = "log lines are missing: the invocation exceeded the log limit of Workers";
    truncated.unwrap_or_default().then_some(("warn", message))
}

/// Returns Cloudflare's message about the state of `wrangler tail`, for example that some events are missing.
fn overload(event: &serde_json::Value) -> Option<(&'static str, &str)> {
    let kind = event["type"].as_str()?;
    let level = if kind == "overload" { "warn" } else { "info" };
    Some((level, event["message"].as_str()?))
}
