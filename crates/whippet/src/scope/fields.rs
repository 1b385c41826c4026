//! LineFields of a JSON object, written one behind the other into one text.

use std::fmt::{Display, Write};
use std::ops::Range;

use crate::id::{ascii, write_hex};

/// Earlier than every field of a span, and later.
pub(crate) const FIRST: u64 = 0;
pub(crate) const LAST: u64 = u64::MAX;

/// LineFields, each with a comma before it: `,"key":value`.
#[derive(Debug, Default)]
pub(crate) struct LineFields {
    pub(crate) text: String,
    pub(crate) list: Vec<LineField>,
}

/// Where a member is in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineField {
    pub(crate) name: &'static str,
    /// Where its comma is; it ends where the next one begins.
    pub(crate) start: usize,
    pub(crate) value: usize,
    /// What was written later has a higher number.
    pub(crate) since: u64,
}

impl LineFields {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.list.clear();
    }

    /// Begins a member; its value is to be appended to the text.
    pub(crate) fn begin(&mut self, name: &'static str, since: u64) {
        let start = self.text.len();
        self.text.push(',');
        push_string(&mut self.text, name);
        self.text.push(':');
        let value = self.text.len();
        self.list.push(LineField {
            name,
            start,
            value,
            since,
        });
    }

    pub(crate) fn string(&mut self, name: &'static str, value: &str, since: u64) {
        self.begin(name, since);
        push_string(&mut self.text, value);
    }

    /// Appends to the value that was begun.
    pub(crate) fn push(&mut self, value: impl Display) {
        // A string takes everything.
        write!(self.text, "{value}").ok();
    }

    /// Adds a member of another object.
    pub(crate) fn copy(&mut self, member: LineField, from: &Self) {
        let shift = self.text.len();
        let range = from.range(member);
        self.list.push(LineField {
            start: shift,
            value: shift + member.value - member.start,
            ..member
        });
        self.text.push_str(&from.text[range]);
    }

    /// Adds the members of another object, each in the place of one of its name.
    pub(crate) fn take_over(&mut self, other: &Self) {
        for member in &other.list {
            if let Some(earlier) = self.position(member.name) {
                self.remove(earlier);
            }
            self.copy(*member, other);
        }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|member| member.name == name)
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, at: usize) {
        let member = self.list.remove(at);
        let range = self.range(member);
        for later in &mut self.list[at..] {
            later.start -= range.len();
            later.value -= range.len();
        }
        self.text.drain(range);
    }

    fn range(&self, member: LineField) -> Range<usize> {
        let next = self
            .list
            .partition_point(|other| other.start <= member.start);
        let end = self
            .list
            .get(next)
            .map_or(self.text.len(), |next| next.start);
        member.start..end
    }

    /// The text of a member's value.
    pub(crate) fn value(&self, member: LineField) -> &str {
        &self.text[member.value..self.range(member).end]
    }
}

/// Appends `value` as a JSON string.
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
    fn any_text_is_a_json_string() {
        let mut every: String = (0..=0x7f_u8).map(char::from).collect();
        every.push_str("ä€\u{2028}😀");
        let mut json = String::new();
        push_string(&mut json, &every);
        assert_eq!(serde_json::from_str::<String>(&json).expect(&json), every);
    }

    #[test]
    fn a_member_is_found_copied_and_taken_out() {
        let mut from = LineFields::default();
        for (name, value) in [("a", "1"), ("b", "two"), ("c", "")] {
            from.string(name, value, 0);
        }
        let mut to = LineFields::default();
        to.string("z", "", 0);
        to.copy(from.list[1], &from);
        to.copy(from.list[2], &from);
        assert_eq!(to.text, r#","z":"","b":"two","c":"""#);
        from.remove(0);
        assert_eq!(from.text, r#","b":"two","c":"""#);
        assert_eq!(from.value(from.list[0]), r#""two""#);
        assert_eq!((from.position("a"), from.position("c")), (None, Some(1)));
    }
}
