//! Writes the fields of events and spans to log lines.

use std::error::Error;
use std::fmt::{Debug, Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};

use super::redact::{REDACTED, SecretNames};
use super::settings::Settings;
use crate::scope::{LineFields, Scope, push_string};

/// Returns the precedence for the fields of a new span, or for a new bound field. Fields that are set later have a
/// higher precedence.
pub(super) fn next_precedence() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns the key under which a field is logged. A field with the name of a standard key is renamed, for example from
/// `level` to `field.level`.
fn key(name: &'static str) -> &'static str {
    match name {
        "timestamp" => "field.timestamp",
        "level" => "field.level",
        "message" => "field.message",
        "target" => "field.target",
        "request_id" => "field.request_id",
        "trace_id" => "field.trace_id",
        "truncated" => "field.truncated",
        _ => name,
    }
}

/// Writes the fields of a span or an event.
pub(super) struct Recorder<'a> {
    pub(super) line: &'a mut LineFields,
    /// A buffer for the value that is being written.
    pub(super) scratch: &'a mut String,
    pub(super) settings: &'a Settings,
    pub(super) precedence: u64,
    /// True if the fields belong to an event. The field `message` of an event is written separately.
    pub(super) is_event: bool,
}

impl Recorder<'_> {
    /// Starts a field, and removes a previous field with the same name. Returns whether the caller should write the
    /// field's value.
    fn begin(&mut self, field: &Field) -> bool {
        let name = field.name();
        if self.is_event && name == "message" {
            return false;
        }
        let key = key(name);
        if let Some(earlier) = self.line.position(key) {
            self.line.remove(earlier);
        }
        self.line.begin(key, self.precedence);
        let is_secret = self.settings.secret_names.contains(name);
        if is_secret {
            push_string(&mut self.line.text, REDACTED);
        }
        !is_secret
    }

    fn number(&mut self, field: &Field, value: impl Display) {
        if self.begin(field) {
            self.line.push_value(value);
        }
    }

    fn text(
        &mut self,
        field: &Field,
        write: impl FnOnce(&mut LimitedText<'_>) -> std::fmt::Result,
    ) {
        if self.begin(field) {
            push_text(&mut self.line.text, self.scratch, self.settings, write);
        }
    }
}

impl Visit for Recorder<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.number(field, value);
        } else {
            self.record_debug(field, &value);
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, |out| out.write_str(value));
    }
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, |out| write_chain(out, value));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, |out| write!(out, "{value:?}"));
    }
}

/// Writes an error and its causes. Omits a cause if the text already ends with the message of the cause.
fn write_chain(out: &mut LimitedText<'_>, error: &(dyn Error + 'static)) -> std::fmt::Result {
    write!(out, "{error}")?;
    let mut source = error.source();
    while let Some(cause) = source {
        let before = out.text.len();
        write!(out, ": {cause}")?;
        if out.text[..before].ends_with(&out.text[before..]) {
            out.text.truncate(before);
        }
        source = cause.source();
    }
    Ok(())
}

/// Writes the message of an event, and ignores the other fields.
pub(super) struct MessageRecorder<'a> {
    pub(super) text: &'a mut String,
    pub(super) scratch: &'a mut String,
    pub(super) settings: &'a Settings,
    pub(super) is_written: bool,
}

impl Visit for MessageRecorder<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, |out| out.write_str(value));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, |out| write!(out, "{value:?}"));
    }
}

impl MessageRecorder<'_> {
    fn write(
        &mut self,
        field: &Field,
        write: impl FnOnce(&mut LimitedText<'_>) -> std::fmt::Result,
    ) {
        if field.name() == "message" && !self.is_written {
            self.is_written = true;
            push_text(self.text, self.scratch, self.settings, write);
        }
    }
}

/// Appends the output of `write` as a JSON string, and redacts the values of secrets in the output.
fn push_text(
    text: &mut String,
    scratch: &mut String,
    settings: &Settings,
    write: impl FnOnce(&mut LimitedText<'_>) -> std::fmt::Result,
) {
    scratch.clear();
    let mut out = LimitedText {
        text: scratch,
        max_bytes: settings.line_bytes,
    };
    // `write` fails if the value exceeds the maximum length of a log line. The failure is ignored, because a log line
    // that is too long is shortened later.
    write(&mut out).ok();
    settings.secret_names.redact(scratch);
    push_string(text, scratch);
}

/// A writer that fails when its text exceeds `max_bytes`.
struct LimitedText<'a> {
    text: &'a mut String,
    max_bytes: usize,
}

impl Write for LimitedText<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.max_bytes.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        Err(std::fmt::Error)
    }
}

/// Binds a log field to the scope of a request or task attempt. `json` is the value of the field.
pub(super) fn bind(scope: &Scope, name: &'static str, json: &str, secret_names: &SecretNames) {
    let name = key(name);
    let mut bound = scope.bound_fields();
    if let Some(earlier) = bound.position(name) {
        bound.remove(earlier);
    }
    bound.begin(name, next_precedence());
    let mut text = match json.as_bytes().first() {
        // Log lines are flat objects, so lists and objects are written as JSON text.
        Some(b'[' | b'{') => json.to_owned(),
        // Text without a colon cannot contain the name and the value of a secret, so it is not redacted.
        Some(b'"') if json.contains(':') => serde_json::from_str(json).unwrap_or_default(),
        _ => return bound.text.push_str(json),
    };
    secret_names.redact(&mut text);
    push_string(&mut bound.text, &text);
}
