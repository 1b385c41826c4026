//! Parsing the text of serde's errors, which have no structured form.

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
    /// Parses the text that a default method of `serde::de::Error` creates for an error.
    pub(super) fn of(message: &'a str) -> Self {
        if let Some(name) = message.strip_prefix("missing field `")
            && let Some(name) = name.strip_suffix('`')
        {
            return Self::MissingField(name);
        }
        if message.starts_with("unknown field `") {
            return Self::UnknownField;
        }
        // The text of serde is, for example, "unknown variant `x`, expected one of `a`, `b`".
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
        _ => FieldError::new(pointer, "type", message.to_owned()),
    }
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
