//! Deserializes the value of one column.

use serde::de::{self, Deserializer, IntoDeserializer, Visitor};

use super::decode_error::DecodeError;
use super::shape::{Shape, Shapes};
use super::{MAX_INTEGER, Value};
use crate::record::JSON_TEXT;

/// The value of one column of a row.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) value: &'a Value,
    pub(super) index: usize,
    pub(super) shapes: &'a Shapes,
}

impl<'a> Column<'a> {
    fn text(self) -> Result<&'a str, DecodeError> {
        match self.value {
            Value::Text(text) => Ok(text),
            other => Err(DecodeError::new(format!(
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
    ) -> Result<T, DecodeError> {
        let mut text = serde_json::Deserializer::from_str(self.text()?);
        read(&mut text)
            .and_then(|value| text.end().map(|()| value))
            .map_err(de::Error::custom)
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError>
    where
        'a: 'de,
    {
        match *self.value {
            Value::Null => visitor.visit_unit(),
            Value::Integer(value) if value.unsigned_abs() > MAX_INTEGER.unsigned_abs() => {
                Err(DecodeError::new(format!(
                    "D1 rounds the integer {value}, which is beyond ±{MAX_INTEGER}: select it as text, with `cast(… as text)`"
                )))
            }
            Value::Integer(value) => visitor.visit_i64(value),
            // D1 does not distinguish a whole real number from an integer.
            Value::Real(value) => match Value::from_double(value) {
                Value::Integer(whole) => visitor.visit_i64(whole),
                _ => visitor.visit_f64(value),
            },
            Value::Text(ref value) => visitor.visit_borrowed_str(value),
            Value::Blob(ref value) => visitor.visit_borrowed_bytes(value),
        }
    }
}

macro_rules! stored {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.visit(visitor)
        }
    )*};
}

impl<'de, 'a: 'de> Deserializer<'de> for Column<'a> {
    type Error = DecodeError;

    /// Passes the value to the visitor as the type that the database stores. serde calls this method for a column of a
    /// flattened struct. serde buffers the value, and later converts the buffered value to the type of the struct's
    /// field.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.shapes.of_buffered(self.index, self.value) {
            Shape::Stored => self.visit(visitor),
            Shape::Boolean => self.deserialize_bool(visitor),
            Shape::Json => self.json(|text| text.deserialize_any(visitor)),
            Shape::Bytes => self.deserialize_seq(visitor),
            Shape::Placeholder(bytes) => visitor.visit_byte_buf(bytes),
        }
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::Integer(0) => visitor.visit_bool(false),
            Value::Integer(1) => visitor.visit_bool(true),
            Value::Real(0.0) => visitor.visit_bool(false),
            Value::Real(1.0) => visitor.visit_bool(true),
            other => Err(DecodeError::new(format!(
                "expected 0 or 1, found {other:?}"
            ))),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == JSON_TEXT {
            return self.json(|text| visitor.visit_newtype_struct(text));
        }
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Value::Blob(bytes) = self.value {
            return visitor.visit_seq(de::value::SeqDeserializer::<_, DecodeError>::new(
                bytes.iter().copied(),
            ));
        }
        self.json(|text| text.deserialize_seq(visitor))
    }
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.json(|text| text.deserialize_map(visitor))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(IntoDeserializer::<DecodeError>::into_deserializer(
            self.text()?,
        ))
    }

    stored! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.visit(visitor)
    }
}
