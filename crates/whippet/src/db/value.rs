//! Values of SQLite's storage classes.

use crate::Timestamp;

/// A value bound to a query or read from a row.
///
/// `From` is implemented for types that convert to a `Value` without loss. Before you bind a value of any other type,
/// such as a list, convert it to the text or number that the column stores.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// `INTEGER`, within ±(2^53 − 1): see [`MAX_INTEGER`](super::MAX_INTEGER).
    Integer(i64),
    /// `REAL`.
    Real(f64),
    /// `TEXT`.
    Text(String),
    /// `BLOB`.
    Blob(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => |$value:ident| $into:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        }
    )*};
}

from! {
    bool => |value| Self::Integer(value.into());
    i8 => |value| Self::Integer(value.into());
    i16 => |value| Self::Integer(value.into());
    u8 => |value| Self::Integer(value.into());
    u16 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    i32 => |value| Self::Integer(value.into());
    i64 => |value| Self::Integer(value);
    f32 => |value| Self::Real(value.into());
    f64 => |value| Self::Real(value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    Vec<u8> => |value| Self::Blob(value);
    &[u8] => |value| Self::Blob(value.to_vec());
    Timestamp => |value| Self::Integer(value.as_millis());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(value.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Value {
    /// Converts a double to an integer if the double is a whole number, because D1 transfers all numbers as doubles.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the range is checked"
    )]
    pub(crate) fn from_double(number: f64) -> Self {
        let is_integer = number.trunc() == number && number.abs() <= super::MAX_INTEGER as f64;
        if is_integer {
            Self::Integer(number as i64)
        } else {
            Self::Real(number)
        }
    }
}
