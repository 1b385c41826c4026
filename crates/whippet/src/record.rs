//! Deserializes lists of named values, such as the columns of a database row and the parameters of a path.

use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// `Json<T>` deserializes itself as a newtype with this name. When a column's deserializer sees the name, it parses the
/// column's text as JSON.
pub(crate) const JSON_TEXT: &str = "$whippet::Json";

/// An error from a deserializer for named values.
pub(crate) trait RecordError: Error {
    /// Adds the name of the invalid value to the error.
    fn in_value(self, name: &str) -> Self;

    /// Creates the error for a type that needs exactly one value. `count` is the number of values in the record.
    fn not_single(count: usize) -> Self;
}

/// A serde deserializer for an ordered list of named values. Structs and maps are deserialized by name, and tuples and
/// lists by position. Any other type needs a record with exactly one value, and is deserialized from this value.
pub(crate) struct Record<I>(pub(crate) I);

impl<'a, 'de, I, V> Record<I>
where
    I: ExactSizeIterator<Item = (&'a str, V)>,
    V: Deserializer<'de, Error: RecordError>,
{
    /// Reads the only value of the record. Returns an error if the record does not have exactly one value.
    fn single<T>(mut self, read: impl FnOnce(V) -> Result<T, V::Error>) -> Result<T, V::Error> {
        let count = self.0.len();
        match self.0.next() {
            Some((name, value)) if count == 1 => read(value).map_err(|error| error.in_value(name)),
            _ => Err(V::Error::not_single(count)),
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<W: Visitor<'de>>(self, visitor: W) -> Result<W::Value, Self::Error> {
            self.single(|value| value.$method(visitor))
        }
    )*};
}

impl<'a, 'de, I, V> Deserializer<'de> for Record<I>
where
    I: ExactSizeIterator<Item = (&'a str, V)>,
    V: Deserializer<'de, Error: RecordError>,
{
    type Error = V::Error;

    single! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_option
    }

    fn deserialize_map<W: Visitor<'de>>(self, visitor: W) -> Result<W::Value, V::Error> {
        visitor.visit_map(Values::new(self.0))
    }

    fn deserialize_struct<W: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: W,
    ) -> Result<W::Value, V::Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<W: Visitor<'de>>(self, visitor: W) -> Result<W::Value, V::Error> {
        visitor.visit_seq(Values::new(self.0))
    }

    fn deserialize_tuple<W: Visitor<'de>>(
        self,
        _len: usize,
        visitor: W,
    ) -> Result<W::Value, V::Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<W: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: W,
    ) -> Result<W::Value, V::Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<W: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: W,
    ) -> Result<W::Value, V::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<W: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: W,
    ) -> Result<W::Value, V::Error> {
        self.single(|value| value.deserialize_enum(name, variants, visitor))
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'de>>
        i128 u128 bytes byte_buf unit unit_struct identifier ignored_any
    }
}

/// Reads the values of a record one after the other. If a value cannot be read, the error contains the value's name.
pub(crate) struct Values<'a, I, V> {
    rest: I,
    /// A name that was already read, and its value, which was not read yet.
    next: Option<(&'a str, V)>,
    value: PhantomData<V>,
}

impl<I, V> Values<'_, I, V> {
    pub(crate) fn new(values: I) -> Self {
        Self {
            rest: values,
            next: None,
            value: PhantomData,
        }
    }
}

impl<'a, 'de, I, V> MapAccess<'de> for Values<'a, I, V>
where
    I: Iterator<Item = (&'a str, V)>,
    V: Deserializer<'de, Error: RecordError>,
{
    type Error = V::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, V::Error> {
        self.next = self.rest.next();
        let Some((name, _)) = &self.next else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, V::Error> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, V::Error> {
        let (name, value) = self
            .next
            .take()
            .ok_or_else(|| Error::custom("a value was read before its name"))?;
        let read = seed.deserialize(value);
        read.map_err(|error| error.in_value(name))
    }
}

impl<'a, 'de, I, V> SeqAccess<'de> for Values<'a, I, V>
where
    I: Iterator<Item = (&'a str, V)>,
    V: Deserializer<'de, Error: RecordError>,
{
    type Error = V::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, V::Error> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(value).map(Some);
        read.map_err(|error| error.in_value(name))
    }
}
