//! The rows of a query, and their deserialization with `serde`.

use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::{DbError, Value};
use crate::clock;
use crate::record::{Record, RecordError};

/// The rows that a statement returned, and the number of rows that it changed.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<Value>>,
    /// The number of rows that the statement inserted, updated or deleted.
    pub changes: u64,
}

impl Rows {
    /// Creates an empty result with these columns.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Limit`] if two columns have the same name, because D1 would keep only one of the two columns.
    pub fn new(columns: Vec<String>) -> Result<Self, DbError> {
        let mut names = columns.iter().enumerate();
        if let Some((_, name)) = names.find(|(index, name)| columns[..*index].contains(name)) {
            return Err(DbError::Limit(format!(
                "two columns are named {name}, and D1 keeps only one of them: rename one with `as`"
            )));
        }
        Ok(Self {
            columns,
            ..Self::default()
        })
    }

    /// Returns how many rows the statement returned or changed. With a `returning` clause, each row is both changed and
    /// returned, but counts once.
    pub(crate) fn returned_or_changed(&self) -> u64 {
        self.changes.max(self.rows.len() as u64)
    }

    pub(crate) fn first<T: DeserializeOwned>(&self) -> Result<Option<T>, DbError> {
        self.rows
            .first()
            .map(|values| self.decode(values))
            .transpose()
    }

    pub(crate) fn all<T: DeserializeOwned>(&self) -> Result<Vec<T>, DbError> {
        self.rows.iter().map(|values| self.decode(values)).collect()
    }

    fn decode<T: DeserializeOwned>(&self, values: &[Value]) -> Result<T, DbError> {
        let columns = self.columns.iter().map(String::as_str);
        let record = Record(columns.zip(values.iter().map(Column)));
        clock::in_row(|| T::deserialize(record))
    }
}

impl de::Error for DbError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Decode(message.to_string())
    }
}

impl RecordError for DbError {
    #[cold]
    #[inline(never)]
    fn in_value(self, column: &str) -> Self {
        match self {
            Self::Decode(reason) => Self::Decode(format!("column {column}: {reason}")),
            other => other,
        }
    }

    #[cold]
    #[inline(never)]
    fn not_single(count: usize) -> Self {
        Self::Decode(format!(
            "the type is read from a single column, but the query returns {count} columns"
        ))
    }
}

/// Deserializes the value of one column.
#[derive(Clone, Copy)]
struct Column<'a>(&'a Value);

impl<'a> Column<'a> {
    fn text(self) -> Result<&'a str, DbError> {
        match self.0 {
            Value::Text(text) => Ok(text),
            other => Err(DbError::Decode(format!(
                "expected JSON text, found {other:?}"
            ))),
        }
    }

    /// Reads the column's text as one JSON value.
    fn json<T>(
        self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'a>>,
        ) -> serde_json::Result<T>,
    ) -> Result<T, DbError> {
        let mut text = serde_json::Deserializer::from_str(self.text()?);
        read(&mut text)
            .and_then(|value| text.end().map(|()| value))
            .map_err(de::Error::custom)
    }
}

impl<'de, 'a: 'de> Deserializer<'de> for Column<'a> {
    type Error = DbError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DbError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Real(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_borrowed_str(value),
            Value::Blob(value) => visitor.visit_borrowed_bytes(value),
        }
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DbError> {
        match self.0 {
            Value::Integer(0) => visitor.visit_bool(false),
            Value::Integer(1) => visitor.visit_bool(true),
            other => Err(DbError::Decode(format!("expected 0 or 1, found {other:?}"))),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DbError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DbError> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DbError> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DbError> {
        if let Value::Blob(bytes) = self.0 {
            return visitor.visit_seq(de::value::SeqDeserializer::<_, DbError>::new(
                bytes.iter().copied(),
            ));
        }
        self.json(|text| text.deserialize_seq(visitor))
    }
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DbError> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DbError> {
        self.json(|text| text.deserialize_map(visitor))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DbError> {
        self.deserialize_map(visitor)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DbError> {
        visitor.visit_enum(IntoDeserializer::<DbError>::into_deserializer(self.text()?))
    }
    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        identifier ignored_any
    }
}
