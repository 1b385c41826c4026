//! JSON pointers (RFC 6901).

use std::ops::Range;

/// A step of a JSON pointer: the position in an object or array.
enum Step {
    /// A field of an object: the byte range of the field's name with its quotes; `None` until the name has been read.
    Field(Option<Range<usize>>),
    /// An item of an array: the index of the item.
    Item(usize),
}

/// Returns the pointer to the value at which `serde_json` stopped after `offset` bytes of `text`. `text` must be valid
/// JSON.
///
/// `serde_json` stops after an invalid value, or before a value of the wrong type. The pointer is computed only after
/// an error. Code that tracks the path during deserialization would make up most of every deserializer.
pub(in crate::extract) fn pointer_at(text: &[u8], offset: usize) -> String {
    let mut steps = Vec::new();
    let mut at = 0;
    while at < offset {
        let byte = text.get(at).copied();
        let end = match byte {
            None => break,
            Some(b'"') => end_of_string(text, at),
            Some(b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\n' | b'\r' | b'\t') => at + 1,
            Some(_) => end_of_word(text, at),
        };
        match (byte, steps.last_mut()) {
            (Some(b'{'), _) => steps.push(Step::Field(None)),
            (Some(b'['), _) => steps.push(Step::Item(0)),
            (Some(b'}' | b']'), _) => drop(steps.pop()),
            (Some(b','), Some(Step::Field(name))) => *name = None,
            (Some(b','), Some(Step::Item(index))) => *index += 1,
            (Some(b'"'), Some(Step::Field(name @ None))) => *name = Some(at..end),
            _ => {}
        }
        at = end;
    }
    let mut pointer = String::new();
    for step in steps {
        match step {
            Step::Item(index) => push_token(&mut pointer, &index.to_string()),
            Step::Field(Some(name)) => {
                let name: Result<String, _> =
                    serde_json::from_slice(text.get(name).unwrap_or_default());
                push_token(&mut pointer, &name.unwrap_or_default());
            }
            Step::Field(None) => {}
        }
    }
    pointer
}

/// Returns the index of the byte after the string that starts at `at`.
pub(super) fn end_of_string(text: &[u8], at: usize) -> usize {
    let mut is_escaped = false;
    let rest = text.iter().enumerate().skip(at + 1);
    for (index, byte) in rest {
        match byte {
            b'"' if !is_escaped => return index + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Returns the index of the byte after the number, `true`, `false` or `null` that starts at `at`.
pub(super) fn end_of_word(text: &[u8], at: usize) -> usize {
    let is_end = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.');
    let rest = text.iter().skip(at + 1);
    at + 1 + rest.take_while(|byte| !is_end(byte)).count()
}

/// Appends `/` and the escaped token to the pointer (RFC 6901 section 3).
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// Decodes a token of a pointer to the name or index that it represents.
pub(in crate::extract) fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Returns whether `pointer` points to the same value as `whole`, or to a part of this value.
pub(super) fn is_within(pointer: &str, whole: &str) -> bool {
    let rest = pointer.strip_prefix(whole);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::pointer_at;

    #[test]
    fn the_pointer_at_an_offset_leads_to_the_value_that_ends_or_begins_there() {
        let text = r#" {"a": [1, {"b~/\"": "x\\"}, [true]], "c": {} }"#;
        let after = |part: &str| text.find(part).expect("in the text") + part.len();
        for (offset, pointer) in [
            (0, ""),
            (after("\"a\""), "/a"),
            (after("[1"), "/a/0"),
            (after("\"x\\\\\""), "/a/1/b~0~1\""),
            (after("\"x\\\\\"}"), "/a/1"),
            (after("}, "), "/a/2"),
            (after("[true"), "/a/2/0"),
            (after("[true]"), "/a/2"),
            (after("[true]]"), "/a"),
            (after("\"c\": "), "/c"),
            (after("{} "), "/c"),
            (text.len(), ""),
            (text.len() + 9, ""),
        ] {
            assert_eq!(pointer_at(text.as_bytes(), offset), pointer, "{offset}");
        }
    }
}
