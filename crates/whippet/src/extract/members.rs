//! Pairs of names and values, read by serde into a struct, a map or a list of pairs.

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};

use super::fields::{Error, Field, Kind};
use super::pairs::Pair;
use super::sorted::{Entry, sorted};

/// All that came.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    pub(super) pairs: &'a [Pair<'a>],
    pub(super) kind: Kind,
}

impl<'a> Members<'a> {
    /// All of these names, if there are some: those of one name beside each other, in the order in which they came.
    fn sorted(self, names: Option<&[&str]>) -> Vec<Entry<'a>> {
        let pairs = self.pairs.iter().map(|(name, value)| (&**name, &**value));
        sorted(pairs.filter(|(name, _)| names.is_none_or(|names| names.contains(name))))
    }

    fn visit<'de, V: Visitor<'de>>(
        self,
        names: Option<&[&str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Entries {
            rest: &self.sorted(names),
            value: None,
            kind: self.kind,
        })
    }
}

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit(None, visitor)
    }

    /// A request has headers and cookies that are nobody's business: those are not looked at.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.visit((self.kind != Kind::Form).then_some(names), visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let pairs = self.pairs.iter().map(|(name, value)| {
            let name = &**name;
            (name, Field::of((name, 0, value), &[], self.kind))
        });
        visitor.visit_seq(MapDeserializer::new(pairs))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit_struct
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// Each name once, with its values.
struct Entries<'a> {
    rest: &'a [Entry<'a>],
    value: Option<Field<'a>>,
    kind: Kind,
}

impl<'a> Entries<'a> {
    fn next(&mut self) -> Option<Field<'a>> {
        let (first, behind) = self.rest.split_first()?;
        let more = behind.iter().take_while(|entry| entry.0 == first.0).count();
        let (more, rest) = behind.split_at(more);
        self.rest = rest;
        Some(Field::of(*first, more, self.kind))
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.value = self.next();
        match self.value {
            Some(field) => seed.deserialize(field.name.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let field = self.value.take();
        let field =
            field.ok_or_else(|| serde::de::Error::custom("a value comes behind its name"))?;
        let value = seed.deserialize(field);
        value.map_err(|error| error.within(field.name))
    }
}
