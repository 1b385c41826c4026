//! Parses the JSON of D1's results.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::db::Value;

/// The result of a query: the names of the columns, and the values of each row.
pub(super) struct Table(pub(super) Vec<String>, pub(super) Vec<Vec<Value>>);

/// A row that D1 returned as a JSON object. The columns keep the order of the keys.
pub(super) struct Object(pub(super) Vec<(String, Cell)>);

/// A value in a row.
pub(super) struct Cell(pub(super) Value);

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor;
        impl<'de> Visitor<'de> for TableVisitor {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the rows of a query")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Table, A::Error> {
                let columns = list.next_element()?.unwrap_or_default();
                let mut rows = Vec::new();
                while let Some(cells) = list.next_element::<Vec<Cell>>()? {
                    rows.push(cells.into_iter().map(|Cell(value)| value).collect());
                }
                Ok(Table(columns, rows))
            }
        }
        deserializer.deserialize_seq(TableVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(Object(columns))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl<'de> Deserialize<'de> for Cell {
    /// Parses a number with Rust's standard library, because `serde_json` may change the last bit of a float. D1
    /// returns numbers as doubles, and blobs as arrays of numbers.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let value = match json.as_bytes().first() {
            Some(b'n') => Value::Null,
            Some(b'"') => Value::Text(serde_json::from_str(json).map_err(D::Error::custom)?),
            Some(b'[') => Value::Blob(serde_json::from_str(json).map_err(D::Error::custom)?),
            _ => Value::from_double(json.parse().map_err(D::Error::custom)?),
        };
        Ok(Self(value))
    }
}
