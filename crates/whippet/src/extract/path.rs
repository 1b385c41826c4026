//! Path parameters.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};

use crate::{FieldError, Problem};

/// The parameters that the route's pattern found: names and percent-decoded values, in order.
#[derive(Debug, Clone)]
pub(crate) struct PathParams(pub(crate) Arc<[(Box<str>, Box<str>)]>);

/// Path parameters: one value for one parameter, a tuple in order, or a struct by name.
///
/// It works under Whippet's router and axum's. A value that does not fit is refused with 422.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if let Some(PathParams(params)) = parts.extensions.get() {
            return read(
                params
                    .iter()
                    .map(|(name, value)| (&**name, &**value))
                    .collect(),
            );
        }
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        read(params.iter().collect())
    }
}

fn read<T: DeserializeOwned>(params: Vec<(&str, &str)>) -> Result<Path<T>, Problem> {
    T::deserialize(Params(&params)).map(Path).map_err(|error| {
        let pointer = match params[..] {
            [(name, _)] => format!("/{name}"),
            _ => String::new(),
        };
        Problem::invalid(vec![FieldError::new(pointer, "type", error.to_string())])
    })
}

#[derive(Clone, Copy)]
struct Params<'a>(&'a [(&'a str, &'a str)]);

impl<'a> Params<'a> {
    fn only(self) -> Result<Text<'a>, Error> {
        match self.0 {
            [(_, value)] => Ok(Text(value)),
            params => Err(Error::custom(format!(
                "one value was asked for, the route has {} parameters",
                params.len()
            ))),
        }
    }
}

/// One value, read as whatever type is asked for.
#[derive(Clone, Copy)]
struct Text<'a>(&'a str);

impl<'de> IntoDeserializer<'de, Error> for Text<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! only {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'de, 'a: 'de> Deserializer<'de> for Params<'a> {
    type Error = Error;

    only! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_option
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(MapDeserializer::new(
            self.0.iter().map(|&(name, value)| (name, Text(value))),
        ))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(
            self.0.iter().map(|&(_, value)| Text(value)),
        ))
    }
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }
    serde::forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

macro_rules! parse {
    ($($method:ident => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        }
    )*};
}

impl<'de, 'a: 'de> Deserializer<'de> for Text<'a> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }
    // Text that does not parse goes to the visitor as text, which refuses it with the type that it expects.
    parse! {
        deserialize_bool => visit_bool;
        deserialize_i8 => visit_i8; deserialize_i16 => visit_i16; deserialize_i32 => visit_i32;
        deserialize_i64 => visit_i64; deserialize_u8 => visit_u8; deserialize_u16 => visit_u16;
        deserialize_u32 => visit_u32; deserialize_u64 => visit_u64;
        deserialize_f32 => visit_f32; deserialize_f64 => visit_f64; deserialize_char => visit_char;
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(self.0))
    }
    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
        i128 u128
    }
}
