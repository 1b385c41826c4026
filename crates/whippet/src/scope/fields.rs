//! The fields of a log line, encoded as JSON in one buffer.

use std::fmt::{Display, Write};
use std::ops::Range;

use crate::id::{ascii, write_hex};

/// The precedence of standard fields such as `route`. A span field or a bound field with the same name replaces such a
/// field.
pub(crate) const MIN_PRECEDENCE: u64 = 0;

/// The precedence of standard fields such as `timestamp`. Span fields and bound fields never replace such a field.
pub(crate) const MAX_PRECEDENCE: u64 = u64::MAX;

/// The JSON fields of a log line. `text` contains them one after the other, each after a comma, as in `,"key":value`.
#[derive(Debug, Default)]
pub(crate) struct LineFields {
    pub(crate) text: String,
    pub(crate) fields: Vec<LineField>,
}

/// A field in [`LineFields::text`]: its name, its position and its precedence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineField {
    pub(crate) name: &'static str,
    /// The position of the comma at the start of the field. The field ends at the start of the next field.
    pub(crate) start: usize,
    /// The position at which the value starts.
    pub(crate) value: usize,
    /// If two fields have the same name, the log line contains only the field with the higher precedence.
    pub(crate) precedence: u64,
}

impl LineFields {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
    }

    /// Starts a field. The caller must then append the value of the field.
    pub(crate) fn begin(&mut self, name: &'static str, precedence: u64) {
        let start = self.text.len();
        self.text.push(',');
        push_string(&mut self.text, name);
        self.text.push(':');
        let value = self.text.len();
        self.fields.push(LineField {
            name,
            start,
            value,
            precedence,
        });
    }

    /// Adds a field whose value is a string.
    pub(crate) fn add_string(&mut self, name: &'static str, value: &str, precedence: u64) {
        self.begin(name, precedence);
        push_string(&mut self.text, value);
    }

    /// Appends the value of the field that [`Self::begin`] started.
    pub(crate) fn push_value(&mut self, value: impl Display) {
        // Writing to a `String` does not fail.
        write!(self.text, "{value}").ok();
    }

    /// Copies a field from another line.
    pub(crate) fn copy(&mut self, field: LineField, from: &Self) {
        let start = self.text.len();
        let range = from.range(field);
        self.fields.push(LineField {
            start,
            value: start + field.value - field.start,
            ..field
        });
        self.text.push_str(&from.text[range]);
    }

    /// Copies all fields from another line. A copied field replaces an existing field with the same name.
    pub(crate) fn merge(&mut self, other: &Self) {
        for field in &other.fields {
            if let Some(replaced) = self.position(field.name) {
                self.remove(replaced);
            }
            self.copy(*field, other);
        }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Removes the field at the index `index` of `fields`.
    pub(crate) fn remove(&mut self, index: usize) {
        let field = self.fields.remove(index);
        let range = self.range(field);
        for later in &mut self.fields[index..] {
            later.start -= range.len();
            later.value -= range.len();
        }
        self.text.drain(range);
    }

    /// Returns the range of a field in `text`. The field may already be removed from `fields`.
    fn range(&self, field: LineField) -> Range<usize> {
        let next = self
            .fields
            .partition_point(|other| other.start <= field.start);
        let end = self
            .fields
            .get(next)
            .map_or(self.text.len(), |next| next.start);
        field.start..end
    }

    /// Returns the value of a field, as JSON.
    pub(crate) fn value(&self, field: LineField) -> &str {
        &self.text[field.value..self.range(field).end]
    }
}

/// Appends `value` to `text` as a JSON string.
pub(crate) fn push_string(text: &mut String, value: &str) {
    text.push('"');
    let mut written = 0;
    for (at, byte) in value.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "\\u00",
            _ => continue,
        };
        text.push_str(&value[written..at]);
        text.push_str(escape);
        if escape == "\\u00" {
            let mut digits = [0; 2];
            write_hex(&mut digits, &[byte]);
            text.push_str(ascii(&digits));
        }
        written = at + 1;
    }
    text.push_str(&value[written..]);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::{LineFields, push_string};

    #[test]
    fn every_text_is_encoded_as_a_valid_json_string() {
        let mut every: String = (0..=0x7f_u8).map(char::from).collect();
        every.push_str("ä€\u{2028}😀");
        let mut json = String::new();
        push_string(&mut json, &every);
        assert_eq!(serde_json::from_str::<String>(&json).expect(&json), every);
    }

    #[test]
    fn fields_are_found_copied_and_removed() {
        let mut from = LineFields::default();
        for (name, value) in [("a", "1"), ("b", "two"), ("c", "")] {
            from.add_string(name, value, 0);
        }
        let mut to = LineFields::default();
        to.add_string("z", "", 0);
        to.copy(from.fields[1], &from);
        to.copy(from.fields[2], &from);
        assert_eq!(to.text, r#","z":"","b":"two","c":"""#);
        from.remove(0);
        assert_eq!(from.text, r#","b":"two","c":"""#);
        assert_eq!(from.value(from.fields[0]), r#""two""#);
        assert_eq!((from.position("a"), from.position("c")), (None, Some(1)));
    }
}
