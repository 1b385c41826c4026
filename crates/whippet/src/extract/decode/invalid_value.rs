//! The error of the deserializers for pairs of names and values.

use std::fmt;

use serde::de;

use crate::FieldError;
use crate::extract::errors::{NOT_EXACT, in_words_of_json, push_token};
use crate::record::RecordError;

/// The error for an invalid value. Every function of the deserializers returns a `Result` with this error. The content
/// of the error is boxed, so that each `Result` is small.
#[derive(Debug)]
pub(crate) struct Error(Box<InvalidValue>);

#[derive(Debug, Default)]
struct InvalidValue {
    pointer: String,
    /// The name of a missing field. `None` if the error is not about a missing field.
    missing: Option<&'static str>,
    message: String,
}

impl Error {
    /// Adds a token to the start of the pointer. The token is the field or index that contains the error.
    pub(super) fn within(mut self, token: &str) -> Self {
        let inner = std::mem::take(&mut self.0.pointer);
        push_token(&mut self.0.pointer, token);
        self.0.pointer.push_str(&inner);
        self
    }

    pub(in crate::extract) fn into_field_error(self) -> FieldError {
        let InvalidValue {
            mut pointer,
            missing,
            message,
        } = *self.0;
        match missing {
            Some(name) => {
                push_token(&mut pointer, name);
                FieldError::new(pointer, "required", "is required")
            }
            None if message == NOT_EXACT => FieldError::new(pointer, "range", message),
            None => FieldError::new(pointer, "type", in_words_of_json(&message)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.missing {
            Some(name) => write!(f, "{name} is required"),
            None => f.write_str(&self.0.message),
        }
    }
}

impl std::error::Error for Error {}

impl RecordError for Error {
    #[cold]
    #[inline(never)]
    fn in_value(self, name: &str) -> Self {
        self.within(name)
    }

    #[cold]
    #[inline(never)]
    fn not_single(count: usize) -> Self {
        de::Error::custom(format!(
            "the handler reads one path parameter, but the route has {count}"
        ))
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(InvalidValue {
            message: message.to_string(),
            ..InvalidValue::default()
        }))
    }

    fn missing_field(name: &'static str) -> Self {
        Self(Box::new(InvalidValue {
            missing: Some(name),
            ..InvalidValue::default()
        }))
    }
}
