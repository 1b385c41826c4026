//! Turning fields into members of a line.

use std::error::Error;
use std::fmt::{Debug, Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use tracing::field::{Field, Visit};

use super::redact::{Names, REDACTED};
use super::settings::Settings;
use crate::scope::Scope;
use crate::scope::{LineFields, push_string};

/// A number for each span and bound field, which tells the earlier from the later.
pub(super) fn moment() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a field is written as that has the name of one of the keys which every line begins with.
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
    pub(super) members: &'a mut LineFields,
    /// Room for a value on its way.
    pub(super) scratch: &'a mut String,
    pub(super) settings: &'a Settings,
    pub(super) since: u64,
    /// Whether the field `message` is written elsewhere.
    pub(super) is_event: bool,
}

impl Recorder<'_> {
    /// Begins a member, in the place of an earlier one of that name; none where its value is not shown.
    fn begin(&mut self, field: &Field) -> bool {
        let name = field.name();
        if self.is_event && name == "message" {
            return false;
        }
        let key = key(name);
        if let Some(earlier) = self.members.position(key) {
            self.members.remove(earlier);
        }
        self.members.begin(key, self.since);
        let is_hidden = self.settings.names.hide(name);
        if is_hidden {
            push_string(&mut self.members.text, REDACTED);
        }
        !is_hidden
    }

    fn number(&mut self, field: &Field, value: impl Display) {
        if self.begin(field) {
            self.members.push(value);
        }
    }

    fn text(&mut self, field: &Field, write: impl FnOnce(&mut Capped<'_>) -> std::fmt::Result) {
        if self.begin(field) {
            push_text(&mut self.members.text, self.scratch, self.settings, write);
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

/// Writes an error and its causes, but for those that the one in front of them quotes.
fn write_chain(out: &mut Capped<'_>, error: &(dyn Error + 'static)) -> std::fmt::Result {
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

/// The message of an event, and nothing else of it.
pub(super) struct Message<'a> {
    pub(super) text: &'a mut String,
    pub(super) scratch: &'a mut String,
    pub(super) settings: &'a Settings,
    pub(super) is_written: bool,
}

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, |out| out.write_str(value));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, |out| write!(out, "{value:?}"));
    }
}

impl Message<'_> {
    fn write(&mut self, field: &Field, write: impl FnOnce(&mut Capped<'_>) -> std::fmt::Result) {
        if field.name() == "message" && !self.is_written {
            self.is_written = true;
            push_text(self.text, self.scratch, self.settings, write);
        }
    }
}

/// Appends what `write` writes, as a JSON string, without the secrets that it names.
fn push_text(
    text: &mut String,
    scratch: &mut String,
    settings: &Settings,
    write: impl FnOnce(&mut Capped<'_>) -> std::fmt::Result,
) {
    scratch.clear();
    let mut out = Capped {
        text: scratch,
        most: settings.line_bytes,
    };
    // Fails when there is more than a line takes: with it the line is too long, and is cut.
    write(&mut out).ok();
    settings.names.hide_within(scratch);
    push_string(text, scratch);
}

/// Text of which no more is taken than a line takes.
struct Capped<'a> {
    text: &'a mut String,
    most: usize,
}

impl Write for Capped<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.most.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        Err(std::fmt::Error)
    }
}

/// Binds a field to a scope.
pub(super) fn bind(scope: &Scope, name: &'static str, value: &impl Serialize) {
    let Ok(mut json) = serde_json::to_string(value) else {
        return;
    };
    let name = key(name);
    let mut bound = scope.bound();
    if let Some(earlier) = bound.position(name) {
        bound.remove(earlier);
    }
    bound.begin(name, moment());
    // Fields are flat: a list or an object is the text of its JSON.
    if json.starts_with(['[', '{']) {
        Names::default().hide_within(&mut json);
        push_string(&mut bound.text, &json);
    } else {
        bound.text.push_str(&json);
    }
}
