//! A value in a log line, as the JSON that it is.

use std::borrow::Cow;

/// JSON text of one value. Two are equal when they are written alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a>(pub(super) &'a str);

impl<'a> Value<'a> {
    /// What is between the quotes of a string, escapes and all.
    pub(super) fn quoted(self) -> Option<&'a str> {
        self.0.strip_prefix('"')?.strip_suffix('"')
    }

    /// A string's contents, or the JSON of what is no string.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self.quoted() {
            Some(contents) if !contents.contains('\\') => Cow::Borrowed(contents),
            // Half a surrogate pair is JSON, but no string here.
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
    fn a_string_is_its_contents_and_anything_else_its_json() {
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
    fn only_a_number_is_one() {
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
