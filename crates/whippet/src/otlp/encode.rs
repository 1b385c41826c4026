//! Encodes spans as OTLP's JSON (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>). Ids are written
//! in hexadecimal, enums as numbers, and 64-bit integers as strings.

use serde::Serialize;

use crate::Timestamp;
use crate::trace::TraceContext;

/// `SpanKind` of `trace.proto`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Server = 2,
    Client = 3,
    Consumer = 5,
}

/// `STATUS_CODE_ERROR` of `trace.proto`.
const ERROR: u8 = 2;

/// A span that is being built.
#[derive(Debug)]
pub(super) struct Span {
    kind: Kind,
    name: String,
    attributes: Vec<Attribute>,
    status: Option<Status>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Attribute {
    key: String,
    value: Value,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Value {
    StringValue(String),
    IntValue(String),
}

#[derive(Debug, Serialize)]
struct Status {
    code: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// The JSON form of `Span` in `trace.proto`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonSpan<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_state: Option<&'a str>,
    flags: u8,
    name: &'a str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: &'a [Attribute],
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a Status>,
}

impl Span {
    pub(super) fn new(kind: Kind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            attributes: Vec::new(),
            status: None,
        }
    }

    /// Adds a string attribute to the span, unless the value is empty.
    pub(super) fn add_text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.attributes.push(Attribute::text(key, value));
        }
    }

    pub(super) fn add_number(&mut self, key: &str, value: u64) {
        self.attributes.push(Attribute {
            key: key.to_owned(),
            value: Value::IntValue(value.to_string()),
        });
    }

    /// Sets the status of the span to `Error`.
    pub(super) fn set_error(&mut self, message: &str) {
        self.status = Some(Status {
            code: ERROR,
            message: message.to_owned(),
        });
    }

    pub(super) fn encode(&self, trace: &TraceContext, start: Timestamp, end: Timestamp) -> String {
        let nanos = |at: Timestamp| format!("{}000000", at.as_millis().max(0));
        let span = JsonSpan {
            trace_id: trace.id(),
            span_id: trace.span_id(),
            parent_span_id: trace.parent_id(),
            trace_state: trace.state(),
            flags: trace.flags(),
            name: &self.name,
            kind: self.kind as u8,
            start_time_unix_nano: nanos(start),
            end_time_unix_nano: nanos(end.max(start)),
            attributes: &self.attributes,
            status: self.status.as_ref(),
        };
        // Serializing text and numbers does not fail.
        serde_json::to_string(&span).unwrap_or_default()
    }
}

impl Attribute {
    pub(super) fn text(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::StringValue(value.to_owned()),
        }
    }
}

/// Returns the body of an `ExportTraceServiceRequest` with these encoded spans.
pub(super) fn request(resource: &[Attribute], spans: &[String]) -> String {
    let resource = serde_json::to_string(resource).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let spans = spans.join(",");
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":{resource}}},"scopeSpans":[{{"scope":{{"name":"whippet","version":"{version}"}},"spans":[{spans}]}}]}}]}}"#
    )
}
