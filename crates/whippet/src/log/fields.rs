//! Fields as members of a JSON object, without the braces.

use std::error::Error;
use std::fmt::Debug;

use tracing::field::{Field, Visit};

/// Members written one behind the other, each with a comma before it: `,"key":value`.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) text: String,
    /// The value of the field `message`, which has its own place in the line.
    pub(super) message: Option<String>,
}

impl Members {
    fn key(&mut self, name: &str) {
        self.text.push(',');
        push_string(&mut self.text, name);
        self.text.push(':');
    }

    fn display(&mut self, field: &Field, value: impl std::fmt::Display) {
        self.key(field.name());
        self.text.push_str(&value.to_string());
    }

    fn string(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = Some(value.to_owned());
        } else {
            self.key(field.name());
            push_string(&mut self.text, value);
        }
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.display(field, value)
        } else {
            self.string(field, &value.to_string())
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.display(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.display(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.display(field, value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.string(field, value);
    }
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        self.string(field, &text);
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.string(field, &format!("{value:?}"));
    }
}

/// Appends `value` as a JSON string.
pub(super) fn push_string(text: &mut String, value: &str) {
    match serde_json::to_string(value) {
        Ok(quoted) => text.push_str(&quoted),
        Err(_) => text.push_str("\"\""),
    }
}
