//! Values that a text column stores as JSON, such as lists and maps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::SeqDeserializer;
use serde_json::value::RawValue;

use super::column::{FromColumn, text};
use super::kind::{Any, Nullable, Text};
use super::parameter::ToParameter;
use crate::{DbError, Value, clock};

/// Reads the JSON text of a column. A [`Timestamp`](crate::Timestamp) in the JSON may be RFC 3339 text or an integer in
/// milliseconds.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value is not the JSON text of a `T`.
pub fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, DbError> {
    let text = text(value)?;
    clock::in_row(|| serde_json::from_str(&text))
        .map_err(|error| DbError::Decode(error.to_string()))
}

/// Reads a text as JSON, and a blob as a list of bytes.
fn from_any<T: DeserializeOwned>(value: Value) -> Result<T, DbError> {
    let Value::Blob(bytes) = value else {
        return from_json(value);
    };
    let bytes = SeqDeserializer::<_, serde::de::value::Error>::new(bytes.into_iter());
    T::deserialize(bytes).map_err(|error| DbError::Decode(error.to_string()))
}

/// Writes a value as JSON text.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value cannot be written as JSON, for example because it is a map whose keys are
/// lists.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Value, DbError> {
    let text = serde_json::to_string(value);
    text.map(Value::Text)
        .map_err(|error| DbError::Decode(format!("the value cannot be written as JSON: {error}")))
}

macro_rules! json {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        json!(@read Text from_json [$($generics)*] $type);
        json!(@read Any from_any [$($generics)*] $type);
        json!(@write Text [$($generics)*] $type);
        json!(@write Nullable<Text> [$($generics)*] $type);
    )*};
    (@read $kind:ident $read:ident [$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> FromColumn<$kind> for $type
        where
            $type: DeserializeOwned,
        {
            fn from_column(value: Value) -> Result<Self, DbError> {
                $read(value)
            }
        }
    };
    (@write $kind:ty [$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> ToParameter<$kind> for $type
        where
            $type: Serialize,
        {
            fn to_parameter(&self) -> Result<Value, DbError> {
                to_json(self)
            }
        }
    };
}

json! {
    [T] Vec<T>;
    [T] BTreeSet<T>;
    [K, V] BTreeMap<K, V>;
    [K, V, S] HashMap<K, V, S>;
    [] serde_json::Value;
    [] Box<RawValue>;
}

impl<T: Serialize> ToParameter<Text> for [T] {
    fn to_parameter(&self) -> Result<Value, DbError> {
        to_json(self)
    }
}

impl<T: Serialize> ToParameter<Nullable<Text>> for [T] {
    fn to_parameter(&self) -> Result<Value, DbError> {
        to_json(self)
    }
}
