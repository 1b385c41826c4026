//! [`Json`] as the type of a column: a column with JSON text is read into a value of any type.

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Json;
use crate::db::checked::{Any, FromColumn, Nullable, Text, ToParameter, from_json, to_json};
use crate::record::JSON_TEXT;
use crate::{DbError, Value};

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for JsonVisitor<T> {
            type Value = Json<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Json<T>, D::Error> {
                T::deserialize(deserializer).map(Json)
            }
        }

        deserializer.deserialize_newtype_struct(JSON_TEXT, JsonVisitor(PhantomData))
    }
}

macro_rules! checked_columns {
    ($($kind:ty),*) => {$(
        impl<T: DeserializeOwned> FromColumn<$kind> for Json<T> {
            fn from_column(value: Value) -> Result<Self, DbError> {
                from_json(value)
            }
        }
    )*};
}

macro_rules! checked_parameters {
    ($($kind:ty),*) => {$(
        impl<T: Serialize> ToParameter<$kind> for Json<T> {
            fn to_parameter(&self) -> Result<Value, DbError> {
                to_json(self)
            }
        }
    )*};
}

checked_columns!(Text, Any);
checked_parameters!(Text, Nullable<Text>);
