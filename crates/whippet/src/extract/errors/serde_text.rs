//! Parses the text of serde's errors, because serde's errors have no structured form.

use super::pointer::push_token;
use crate::FieldError;

/// The cause of a serde error, parsed from the error's text.
#[derive(Debug, PartialEq)]
pub(super) enum SerdeText<'a> {
    /// A field without a default is missing.
    MissingField(&'a str),
    /// The value is not the name of an enum's variant. `UnknownVariant` contains the first valid name.
    UnknownVariant(&'a str),
    /// The object has a field that its type does not have.
    UnknownField,
    /// Any other cause.
    Other,
}

impl<'a> SerdeText<'a> {
    /// Parses the text of an error that one of the default methods of `serde::de::Error` has created.
    pub(super) fn of(message: &'a str) -> Self {
        if let Some(name) = message.strip_prefix("missing field `")
            && let Some(name) = name.strip_suffix('`')
        {
            return Self::MissingField(name);
        }
        if message.starts_with("unknown field `") {
            return Self::UnknownField;
        }
        // An example of serde's text is "unknown variant `x`, expected one of `a`, `b`".
        let unknown = message.strip_prefix("unknown variant `");
        match unknown.and_then(|words| words.split('`').nth(2)) {
            Some(variant) => Self::UnknownVariant(variant),
            None => Self::Other,
        }
    }
}

/// Creates a `FieldError` from the text of a serde error. Omits the position that serde_json appends to the text.
pub(in crate::extract) fn field_error(mut pointer: String, message: &str) -> FieldError {
    match SerdeText::of(message) {
        SerdeText::MissingField(name) => {
            push_token(&mut pointer, name);
            FieldError::new(pointer, "required", "is required")
        }
        SerdeText::UnknownField => FieldError::new(pointer, "unknown", message.to_owned()),
        _ => FieldError::new(pointer, "type", in_words_of_json(message)),
    }
}

/// Replaces serde's names for types with JSON's names. For example, an error of serde is "invalid type: map, expected a
/// sequence".
pub(in crate::extract) fn in_words_of_json(message: &str) -> String {
    // The message starts with the value that the client sent. The value may contain the word "expected" too, so the
    // text is split at the last "expected".
    const EXPECTED: &str = ", expected ";
    let Some((at, _)) = message.match_indices(EXPECTED).last() else {
        return message.to_owned();
    };
    let (found, expected) = (&message[..at], &message[at + EXPECTED.len()..]);
    let (kind, found) = found.split_once(": ").unwrap_or(("", found));
    let found = match found {
        "map" => "object",
        "sequence" => "array",
        "unit value" | "Option value" => "null",
        other => other,
    };
    let is_struct = expected.starts_with("struct ") && !expected.contains(" with ");
    let (expected, length, items) = match (expected, length(expected)) {
        ("a map", _) => ("an object", "", ""),
        ("a sequence", _) => ("an array", "", ""),
        ("unit", _) => ("null", "", ""),
        _ if is_struct || expected.starts_with("struct variant ") => ("an object", "", ""),
        (_, Some(length)) => ("an array of ", length, " items"),
        _ if expected.starts_with("tuple struct ") => ("an array", "", ""),
        (other, None) => (other, "", ""),
    };
    let colon = if kind.is_empty() { "" } else { ": " };
    [kind, colon, found, EXPECTED, expected, length, items].concat()
}

/// Returns the number of items in an expected type such as "a tuple of size 2" or "tuple struct Point with 2 elements".
fn length(expected: &str) -> Option<&str> {
    if let Some(size) = expected.strip_prefix("a tuple of size ") {
        return Some(size);
    }
    let with = expected.strip_prefix("tuple struct ")?;
    let (_, size) = with.split_once(" with ")?;
    let size = size.split(' ').next()?;
    (size != "1").then_some(size)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer};

    use super::SerdeText;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        Red,
        Green,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Paint {
        #[serde(rename = "color")]
        _color: Color,
        #[serde(rename = "liters")]
        _liters: u32,
    }

    fn message(pairs: &[(&str, &str)]) -> String {
        let pairs = MapDeserializer::<_, Error>::new(pairs.iter().copied());
        let error = Paint::deserialize(pairs).expect_err("the paint is not valid");
        error.to_string()
    }

    #[test]
    fn messages_have_the_words_of_json() {
        #[derive(Debug, Deserialize)]
        struct Point(#[expect(dead_code)] u8, #[expect(dead_code)] u8);

        fn message<T: serde::de::DeserializeOwned>(json: &str) -> String {
            let error = serde_json::from_str::<T>(json).err().unwrap().to_string();
            let (message, _position) = error.rsplit_once(" at line ").unwrap();
            super::in_words_of_json(message)
        }
        let cases = [
            (
                message::<String>("{}"),
                "invalid type: object, expected a string",
            ),
            (
                message::<String>("[1]"),
                "invalid type: array, expected a string",
            ),
            (
                message::<Vec<u8>>("{}"),
                "invalid type: object, expected an array",
            ),
            (
                message::<Paint>("1"),
                "invalid type: integer `1`, expected an object",
            ),
            (
                message::<std::collections::BTreeMap<String, u8>>("\"map, expected a map\""),
                "invalid type: string \"map, expected a map\", expected an object",
            ),
            (
                message::<Point>("{}"),
                "invalid type: object, expected an array",
            ),
            (
                message::<(u8, u8)>("[1]"),
                "invalid length 1, expected an array of 2 items",
            ),
            (
                message::<()>("true"),
                "invalid type: boolean `true`, expected null",
            ),
            (
                message::<u8>("256"),
                "invalid value: integer `256`, expected u8",
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn the_error_texts_of_the_current_serde_version_are_parsed() {
        let missing = message(&[("color", "green")]);
        assert_eq!(SerdeText::of(&missing), SerdeText::MissingField("liters"));
        let unknown = message(&[("color", "blue")]);
        assert_eq!(SerdeText::of(&unknown), SerdeText::UnknownVariant("red"));
        let unknown = message(&[("color", "red"), ("size", "1")]);
        assert_eq!(SerdeText::of(&unknown), SerdeText::UnknownField);
        let other = message(&[("color", "red"), ("liters", "many")]);
        assert_eq!(SerdeText::of(&other), SerdeText::Other);
    }
}
