//! A value in a log line, kept as JSON text.

use std::borrow::Cow;

/// The JSON text of one value. Values are equal when their JSON texts are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a>(pub(super) &'a str);

impl<'a> Value<'a> {
    /// Returns the text between the quotes of a JSON string, without decoding its escapes. Returns `None` if the value
    /// is not a string.
    pub(super) fn quoted(self) -> Option<&'a str> {
        self.0.strip_prefix('"')?.strip_suffix('"')
    }

    /// Returns the contents of a JSON string. For a value that is not a string, returns the JSON text.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self.quoted() {
            Some(contents) if !contents.contains('\\') => Cow::Borrowed(contents),
            // A JSON string may contain half a surrogate pair, but a Rust string cannot. Such a string stays JSON text.
            Some(_) => serde_json::from_str(self.0).map_or(Cow::Borrowed(self.0), Cow::Owned),
            None => Cow::Borrowed(self.0),
        }
    }

    pub(super) fn number(self) -> Option<f64> {
        self.0.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_contents_of_a_string_and_the_json_of_other_values() {
        for (json, text) in [
            (r#""plain""#, "plain"),
            (r#""a \"b\"\n\u00e9""#, "a \"b\"\né"),
            (r#""half \ud83d""#, r#""half \ud83d""#),
            (r#""""#, ""),
            ("202", "202"),
            ("null", "null"),
            (r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        ] {
            assert_eq!(Value(json).text(), text);
        }
    }

    #[test]
    fn only_a_json_number_is_a_number() {
        for (json, number) in [
            ("202", Some(202.0)),
            ("-1.5e3", Some(-1500.0)),
            (r#""202""#, None),
            ("true", None),
            ("null", None),
        ] {
            assert_eq!(Value(json).number(), number);
        }
    }
}
