//! Shortens log lines that are too long, by truncating the longest values first.

use crate::scope::LineFields;

/// The mark that is appended to a truncated value.
const ELLIPSIS: &str = "…";

/// The field that is appended to a shortened log line.
const TRUNCATED: &str = r#","truncated":true"#;

/// The minimum length of a truncated value, in bytes. If a line is too long even with values of this length, whole
/// fields are removed.
const MIN_VALUE_BYTES: usize = 32;

/// Shortens a line to at most `limit` bytes. The first `fixed` fields of the line are never removed. Of these fields,
/// only the value of the field named `truncatable` may be truncated.
pub(super) fn shorten(line: &mut LineFields, limit: usize, fixed: usize, truncatable: &str) {
    let limit = limit.saturating_sub(TRUNCATED.len());
    let may_truncate = |index: usize, name: &str| index >= fixed || name == truncatable;
    let length = |index: usize| {
        let field = line.fields[index];
        let value = line.value(field);
        let is_string = value.starts_with('"') && may_truncate(index, field.name);
        is_string.then(|| value.len() - 2)
    };
    // For each field, the length of its string; `None` if the value may not be truncated.
    let lengths: Vec<Option<usize>> = (0..line.fields.len()).map(length).collect();

    // A binary search finds the greatest string length with which the line stays within its limit.
    let excess = line.text.len().saturating_sub(limit);
    let saved = |max_bytes: usize| -> usize {
        let lengths = lengths.iter().flatten();
        lengths.map(|length| length.saturating_sub(max_bytes)).sum()
    };
    let (mut max_bytes, mut too_many) = (MIN_VALUE_BYTES, limit.max(MIN_VALUE_BYTES + 1));
    while max_bytes + 1 < too_many {
        let middle = max_bytes.midpoint(too_many);
        if saved(middle) >= excess {
            max_bytes = middle;
        } else {
            too_many = middle;
        }
    }

    let mut short = LineFields::default();
    short.text.reserve(limit + TRUNCATED.len());
    for (index, field) in line.fields.iter().enumerate() {
        short.copy(*field, line);
        if lengths[index].is_some_and(|length| length > max_bytes) {
            let contents = &line.value(*field)[1..];
            let kept = truncated(contents, max_bytes - ELLIPSIS.len()).len();
            let start = short.fields[index].value + 1;
            short.text.truncate(start + kept);
            short.text.push_str(ELLIPSIS);
            short.text.push('"');
        }
    }
    while short.text.len() > limit && short.fields.len() > fixed {
        short.remove(short.fields.len() - 1);
    }
    short.text.push_str(TRUNCATED);
    std::mem::swap(line, &mut short);
}

/// Returns at most `max_bytes` bytes from the start of a JSON string's contents. Does not split a character or an
/// escape.
fn truncated(text: &str, max_bytes: usize) -> &str {
    let mut end = 0;
    while let Some(first) = text[end..].chars().next() {
        let length = match (first, text.as_bytes().get(end + 1)) {
            ('\\', Some(b'u')) => 6,
            ('\\', _) => 2,
            _ => first.len_utf8(),
        };
        if end + length > max_bytes {
            break;
        }
        end += length;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{LineFields, shorten};

    fn line(fields: &[(&'static str, String)]) -> LineFields {
        let mut line = LineFields::default();
        for (name, value) in fields {
            line.add_string(name, value, 0);
        }
        line
    }

    fn read(line: &LineFields) -> Value {
        serde_json::from_str(&format!("{{{}}}", &line.text[1..])).expect(&line.text)
    }

    #[test]
    fn the_longest_values_are_truncated_to_the_same_length() {
        let mut line = line(&[
            ("message", "m".repeat(300)),
            ("target", "t".repeat(300)),
            ("a", "a".repeat(5000)),
            ("b", "b".repeat(200)),
            ("c", "c".repeat(5000)),
        ]);
        shorten(&mut line, 1200, 2, "message");
        assert!(
            (1150..=1200).contains(&line.text.len()),
            "{}",
            line.text.len()
        );
        let read = read(&line);
        let length = |name: &str| read[name].as_str().expect(name).len();
        assert_eq!((length("target"), length("b")), (300, 200));
        assert_eq!(length("a"), length("c"));
        assert!(read["a"].as_str().expect("text").ends_with("a…"));
        assert_eq!(read["truncated"], true);
    }

    #[test]
    fn characters_and_escapes_are_not_split() {
        let mixed = "ä\"\\\u{1}😀\n".repeat(200);
        for limit in 200..260 {
            let mut line = line(&[("message", String::new()), ("a", mixed.clone())]);
            shorten(&mut line, limit, 1, "message");
            assert!(line.text.len() <= limit);
            let read = read(&line);
            let kept = read["a"].as_str().expect("text").trim_end_matches('…');
            assert!(mixed.starts_with(kept), "{kept}");
        }
    }

    #[test]
    fn whole_fields_are_removed_if_truncating_values_is_not_enough() {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let mut line = line(&NAMES.map(|name| (name, "x".repeat(30))));
        shorten(&mut line, 120, 1, "a");
        let read = read(&line);
        assert_eq!(
            (&read["b"], &read["d"]),
            (&Value::from("x".repeat(30)), &Value::Null)
        );
        assert_eq!(read["truncated"], true);
    }
}
