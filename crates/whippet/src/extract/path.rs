//! Path parameters.

use std::any::Any;
use std::cell::Cell;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use super::fields::{Error, Field};
use crate::{Context, FieldError, Problem};

/// The parameters that the route's pattern found: names and percent-decoded values, in order.
#[derive(Debug, Default)]
pub(crate) struct PathParams(Vec<(Box<str>, Box<str>)>);

impl PathParams {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }
}

/// Path parameters: one value for one parameter, a tuple in order, or a struct by name.
///
/// It works under Whippet's router and axum's. A value that does not fit is refused with 422.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync + 'static> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = (state as &dyn Any).downcast_ref::<Context>();
        if let Some(params) = context.and_then(Context::params) {
            return read(params);
        }
        let found = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        let mut params = PathParams::default();
        for (name, value) in &found {
            params.push(name, value);
        }
        read(&params)
    }
}

fn read<T: DeserializeOwned>(params: &PathParams) -> Result<Path<T>, Problem> {
    let last = Cell::new("");
    let params = Params {
        params: &params.0,
        last: &last,
    };
    T::deserialize(params).map(Path).map_err(|error| {
        let pointer = match last.get() {
            "" => String::new(),
            name => format!("/{name}"),
        };
        Problem::invalid(vec![FieldError::new(pointer, "type", error.to_string())])
    })
}

#[derive(Clone, Copy)]
struct Params<'a> {
    params: &'a [(Box<str>, Box<str>)],
    /// The name of the one that is being read.
    last: &'a Cell<&'a str>,
}

impl<'a> Params<'a> {
    fn fields(self) -> impl Iterator<Item = Field<'a>> {
        self.params.iter().map(move |(name, value)| {
            self.last.set(name);
            Field::text(name, value)
        })
    }

    fn only(self) -> Result<Field<'a>, Error> {
        match self.params {
            [(name, value)] => {
                self.last.set(name);
                Ok(Field::text(name, value))
            }
            params => Err(Error::custom(format!(
                "one value was asked for, the route has {} parameters",
                params.len()
            ))),
        }
    }
}

macro_rules! only {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Params<'_> {
    type Error = Error;

    only! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_option
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(MapDeserializer::new(
            self.fields().map(|field| (field.name, field)),
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
        visitor.visit_seq(SeqDeserializer::new(self.fields()))
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
