//! The Rust types into which a column can be read.

use std::fmt::Debug;

use bytes::Bytes;

use super::kind::{Any, Blob, Boolean, Integer, Nullable, Number, Real, Text};
use crate::{DbError, MAX_INTEGER, Timestamp, Value};

/// A Rust type into which a column of the type `C` can be read. `C` is a column type, such as [`Integer`], [`Text`] or
/// `Nullable<Text>`.
///
/// - Integers and booleans: the integer types, and `bool`. A value out of range causes a [`DbError::Decode`].
/// - Integers: [`Timestamp`], in milliseconds since the Unix epoch.
/// - Floats, and mixes of integers and floats: `f64` and `f32`.
/// - Text: `String`.
/// - Text that contains JSON: lists, maps, [`serde_json::Value`] and, for any `T`, [`Json<T>`](crate::Json).
/// - Blobs: `Vec<u8>`, `Bytes` and `[u8; N]`.
/// - A column that can be null: an [`Option`] of one of these types.
/// - Every column: [`Value`].
///
/// `#[derive(Column)]` implements the trait for types of your own.
pub trait FromColumn<C>: Sized {
    /// Converts the value of a column.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the type cannot represent the value.
    fn from_column(value: Value) -> Result<Self, DbError>;
}

/// Implements [`FromColumn`] for a Rust type and each column type that can be read into it.
macro_rules! from_column {
    ($type:ty: $($kind:ident)* => $read:expr) => {$(
        impl FromColumn<$kind> for $type {
            fn from_column(value: Value) -> Result<Self, DbError> {
                $read(value)
            }
        }
    )*};
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        from_column!($type: Boolean Integer Any => |value| {
            let integer = integer(value)?;
            integer.try_into().map_err(|_| out_of_range(integer, stringify!($type)))
        });
    )*};
}

integers! { i8 i16 i32 i64 u8 u16 u32 u64 usize }

from_column!(bool: Boolean Integer Any => |value| match integer(value)? {
    0 => Ok(false),
    1 => Ok(true),
    other => Err(out_of_range(other, "bool")),
});
from_column!(Timestamp: Integer Any => |value| match value {
    Value::Text(text) => Timestamp::parse(&text).ok_or_else(|| unexpected("a time", &text)),
    value => integer(value).map(Timestamp::from_millis),
});
from_column!(f64: Real Number Any => real);
from_column!(f32: Real Number Any => single);
from_column!(String: Text Any => text);
from_column!(Box<str>: Text Any => |value| text(value).map(String::into_boxed_str));
from_column!(Vec<u8>: Blob => blob);
from_column!(Bytes: Blob => |value| blob(value).map(Bytes::from));

impl<const N: usize> FromColumn<Blob> for [u8; N] {
    fn from_column(value: Value) -> Result<Self, DbError> {
        let bytes = blob(value)?;
        bytes.try_into().map_err(|bytes: Vec<u8>| {
            DbError::Decode(format!("expected {N} bytes, found {}", bytes.len()))
        })
    }
}

impl<const N: usize> FromColumn<Any> for [u8; N] {
    fn from_column(value: Value) -> Result<Self, DbError> {
        <Self as FromColumn<Blob>>::from_column(value)
    }
}

impl<C> FromColumn<C> for Value {
    fn from_column(value: Value) -> Result<Self, DbError> {
        Ok(value)
    }
}

impl<C, T: FromColumn<C>> FromColumn<Nullable<C>> for Option<T> {
    fn from_column(value: Value) -> Result<Self, DbError> {
        optional::<C, T>(value)
    }
}

/// A column that is never null can be read into an `Option` too.
macro_rules! options {
    ($($kind:ident)*) => {$(
        impl<T: FromColumn<$kind>> FromColumn<$kind> for Option<T> {
            fn from_column(value: Value) -> Result<Self, DbError> {
                optional::<$kind, T>(value)
            }
        }
    )*};
}

options! { Boolean Integer Real Number Text Blob Any }

fn optional<C, T: FromColumn<C>>(value: Value) -> Result<Option<T>, DbError> {
    match value {
        Value::Null => Ok(None),
        value => T::from_column(value).map(Some),
    }
}

/// Reads an integer. Accepts a float without a fraction, because D1 does not distinguish such a float from an integer.
/// Rejects an integer beyond ±[`MAX_INTEGER`], because D1 rounds such an integer.
pub(crate) fn integer(value: Value) -> Result<i64, DbError> {
    let integer = match value {
        Value::Integer(integer) => integer,
        Value::Real(real) => match Value::from_double(real) {
            Value::Integer(integer) => integer,
            other => return Err(unexpected("an integer", &other)),
        },
        other => return Err(unexpected("an integer", &other)),
    };
    if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
        return Err(beyond_max(integer));
    }
    Ok(integer)
}

/// Reads a float. Accepts an integer, because D1 returns a float without a fraction as an integer.
#[expect(
    clippy::cast_precision_loss,
    reason = "D1 returns only integers that an f64 represents"
)]
fn real(value: Value) -> Result<f64, DbError> {
    match value {
        Value::Real(real) => Ok(real),
        Value::Integer(integer) => Ok(integer as f64),
        other => Err(unexpected("a number", &other)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the field has the precision of an `f32`"
)]
fn single(value: Value) -> Result<f32, DbError> {
    real(value).map(|real| real as f32)
}

pub(super) fn text(value: Value) -> Result<String, DbError> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(unexpected("text", &other)),
    }
}

fn blob(value: Value) -> Result<Vec<u8>, DbError> {
    match value {
        Value::Blob(bytes) => Ok(bytes),
        other => Err(unexpected("a blob", &other)),
    }
}

#[cold]
#[inline(never)]
pub(super) fn unexpected(expected: &str, found: &dyn Debug) -> DbError {
    DbError::Decode(format!("expected {expected}, found {found:?}"))
}

#[cold]
#[inline(never)]
fn beyond_max(integer: i64) -> DbError {
    DbError::Decode(format!(
        "D1 rounds the integer {integer}, which is beyond ±{MAX_INTEGER}: select it as text, with `cast(… as text)`"
    ))
}

#[cold]
#[inline(never)]
fn out_of_range(integer: i64, target: &str) -> DbError {
    DbError::Decode(format!("{integer} does not fit into {target}"))
}
