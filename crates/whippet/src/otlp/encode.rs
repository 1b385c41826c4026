//! Spans in OTLP's JSON encoding (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids in hexadecimal, enums
//! as numbers, 64-bit integers as text.

use serde::Serialize;

use crate::Timestamp;
use crate::trace::Trace;

/// `SpanKind` of `trace.proto`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Server = 2,
    Client = 3,
    Consumer = 5,
}

/// `STATUS_CODE_ERROR` of `trace.proto`.
const ERROR: u8 = 2;

/// A span that is being made.
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Encoded<'a> {
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

    pub(super) fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.attributes.push(Attribute::text(key, value));
        }
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.attributes.push(Attribute {
            key: key.to_owned(),
            value: Value::IntValue(value.to_string()),
        });
    }

    pub(super) fn fail(&mut self, message: &str) {
        self.status = Some(Status {
            code: ERROR,
            message: message.to_owned(),
        });
    }

    pub(super) fn encode(&self, place: &Place<'_>, start: Timestamp, end: Timestamp) -> String {
        let nanos = |at: Timestamp| format!("{}000000", at.as_millis().max(0));
        let encoded = Encoded {
            trace_id: place.trace.id(),
            span_id: place.trace.span_id(),
            parent_span_id: place.trace.parent_id(),
            trace_state: place.state(),
            flags: place.flags(),
            name: &self.name,
            kind: self.kind as u8,
            start_time_unix_nano: nanos(start),
            end_time_unix_nano: nanos(end.max(start)),
            attributes: &self.attributes,
            status: self.status.as_ref(),
        };
        // Text and numbers can always be written.
        serde_json::to_string(&encoded).unwrap_or_default()
    }
}

/// A place in a trace, and what its headers say besides.
#[derive(Debug)]
pub(super) struct Place<'a> {
    trace: &'a Trace,
    text: String,
}

impl<'a> Place<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        Self {
            trace,
            text: trace.to_text(),
        }
    }

    fn parts(&self) -> (&str, Option<&str>) {
        let parts = self.text.split_once(' ');
        parts.map_or((&self.text, None), |(parent, state)| (parent, Some(state)))
    }

    fn state(&self) -> Option<&str> {
        self.parts().1
    }

    /// The last part of `traceparent`.
    fn flags(&self) -> u8 {
        let flags = self.parts().0.rsplit('-').next();
        let flags = flags.and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.unwrap_or_default()
    }

    /// What a caller does not record is not recorded here either.
    pub(super) fn is_sampled(&self) -> bool {
        self.flags() & 1 == 1
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

/// The body of an `ExportTraceServiceRequest`.
pub(super) fn request(resource: &[Attribute], spans: &[String]) -> String {
    let resource = serde_json::to_string(resource).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let spans = spans.join(",");
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":{resource}}},"scopeSpans":[{{"scope":{{"name":"whippet","version":"{version}"}},"spans":[{spans}]}}]}}]}}"#
    )
}
