//! A serde deserializer for pairs of names and values, which reads the pairs into a struct, a map or a list.

use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, Visitor};

use super::pairs::Pair;
use super::sorted::{NumberedPair, sorted};
use super::values::{Error, Format, NamedValue};
use crate::record::Values;

/// The pairs of names and values of a query, form, header section or `Cookie` header.
#[derive(Clone, Copy)]
pub(super) struct NamedPairs<'a> {
    pub(super) pairs: &'a [Pair<'a>],
    pub(super) format: Format,
}

impl<'a> NamedPairs<'a> {
    /// Returns the pairs whose name is in `names`, or all pairs if `names` is `None`, sorted by name.
    fn sorted(self, names: Option<&[&str]>) -> Vec<NumberedPair<'a>> {
        let pairs = self.pairs.iter().map(|(name, value)| (&**name, &**value));
        sorted(pairs.filter(|(name, _)| names.is_none_or(|names| names.contains(name))))
    }

    fn visit<'de, V: Visitor<'de>>(
        self,
        names: Option<&[&str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Values::new(ByName {
            rest: &self.sorted(names),
            format: self.format,
        }))
    }
}

impl<'de> Deserializer<'de> for NamedPairs<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit(None, visitor)
    }

    /// Ignores headers and cookies that are not fields of the struct, because a request has many more headers and
    /// cookies than a struct reads.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.visit((self.format != Format::Form).then_some(names), visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let pairs = self.pairs.iter().map(|(name, value)| {
            let name = &**name;
            (name, NamedValue::of((name, 0, value), &[], self.format))
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

/// An iterator that returns each name once, with all values of that name.
struct ByName<'a> {
    rest: &'a [NumberedPair<'a>],
    format: Format,
}

impl<'a> Iterator for ByName<'a> {
    type Item = (&'a str, NamedValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, others) = self.rest.split_first()?;
        let more = others.iter().take_while(|pair| pair.0 == first.0).count();
        let (more, rest) = others.split_at(more);
        self.rest = rest;
        Some((first.0, NamedValue::of(*first, more, self.format)))
    }
}
