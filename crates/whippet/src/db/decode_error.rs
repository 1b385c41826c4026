//! The error for a row that cannot be read as a type.

use serde::de::{self, Expected, Unexpected};

use super::DbError;
use super::shape;
use crate::record::RecordError;

/// Why a row cannot be read. Becomes a [`DbError::Decode`].
#[derive(Debug)]
pub(super) struct DecodeError {
    message: String,
    /// The index of the column with the placeholder that caused the error, and serde's description of what the type of
    /// the field expects. `None` if no placeholder caused the error.
    pub(super) placeholder: Option<(usize, String)>,
}

impl DecodeError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            placeholder: None,
        }
    }

    /// Returns serde's description of what a type expects, such as `a map`.
    pub(super) fn expected(visitor: &dyn Expected) -> String {
        visitor.to_string()
    }

    #[cold]
    #[inline(never)]
    fn mismatch(kind: &str, unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let placeholder = match unexpected {
            Unexpected::Bytes(bytes) => shape::column_of_placeholder(bytes),
            _ => None,
        };
        Self {
            message: format!("invalid {kind}: {unexpected}, expected {expected}"),
            placeholder: placeholder.map(|column| (column, expected.to_string())),
        }
    }
}

impl de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::mismatch("type", unexpected, expected)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::mismatch("value", unexpected, expected)
    }
}

impl RecordError for DecodeError {
    #[cold]
    #[inline(never)]
    fn in_value(mut self, column: &str) -> Self {
        self.message = format!("column {column}: {}", self.message);
        self
    }

    #[cold]
    #[inline(never)]
    fn not_single(count: usize) -> Self {
        Self::new(format!(
            "the type is read from a single column, but the query returns {count} columns"
        ))
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl From<DecodeError> for DbError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error.message)
    }
}
