//! A serde deserializer for pairs of names and values, which reads the pairs into a struct, a map or a list.

use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, Error as _, Visitor};

use super::invalid_value::Error;
use super::pairs::Pair;
use super::sorted::{NumberedPair, sorted};
use super::values::{Format, NamedValue};
use crate::record::{RecordError, Values};

/// The names and values in a query, a form, a header section or a `Cookie` header.
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

    /// Returns all pairs of a form, sorted by field. In the result, the name of a pair is the name of its field.
    fn sorted_by_field(self, fields: &[&str]) -> Result<Vec<NumberedPair<'a>>, Error> {
        let mut pairs = Vec::with_capacity(self.pairs.len());
        for (name, value) in self.pairs {
            pairs.push((field_of(name, fields)?, &**value));
        }
        Ok(sorted(pairs.into_iter()))
    }

    fn visit<'de, V: Visitor<'de>>(
        self,
        sorted: &[NumberedPair<'a>],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Values::new(ByName {
            rest: sorted,
            all: self,
        }))
    }
}

/// Returns the name of the field to which a pair of a form belongs. A pair with the name `tags[]` or `tags[0]` is an
/// item of the field `tags`: client libraries in several languages send the items of a list under such names.
///
/// Returns an error for a name with any other text in the brackets, such as `tags[a]`. Without this error, the pair
/// would be silently ignored.
fn field_of<'a>(name: &'a str, fields: &[&str]) -> Result<&'a str, Error> {
    let Some((field, index)) = name.split_once('[') else {
        return Ok(name);
    };
    if fields.contains(&name) || !fields.contains(&field) {
        return Ok(name);
    }
    match index.strip_suffix(']') {
        Some(index) if index.bytes().all(|byte| byte.is_ascii_digit()) => Ok(field),
        _ => {
            let message = format!(
                "{name:?} does not name an item of the list; write `{field}` or `{field}[]`"
            );
            Err(Error::custom(message).in_value(field))
        }
    }
}

impl<'de> Deserializer<'de> for NamedPairs<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit(&self.sorted(None), visitor)
    }

    /// Ignores headers and cookies for which the struct has no field, because a request has many more headers and
    /// cookies than a struct reads.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let sorted = match self.format {
            Format::Form => self.sorted_by_field(names)?,
            _ => self.sorted(Some(names)),
        };
        self.visit(&sorted, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let pairs = self.pairs.iter().map(|(name, value)| {
            let name = &**name;
            (
                name,
                NamedValue::of((name, 0, value), &[], self.format, false),
            )
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
struct ByName<'b, 'a> {
    rest: &'b [NumberedPair<'a>],
    all: NamedPairs<'a>,
}

impl<'b, 'a: 'b> Iterator for ByName<'b, 'a> {
    type Item = (&'b str, NamedValue<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, others) = self.rest.split_first()?;
        let more = others.iter().take_while(|pair| pair.0 == first.0).count();
        let (more, rest) = others.split_at(more);
        self.rest = rest;
        // A pair that was sent as `tags[]` is an item of the list `tags`, even if no other item was sent.
        let sent_name = self.all.pairs.get(first.1).map(|(name, _)| &**name);
        let is_item = self.all.format == Format::Form && sent_name != Some(first.0);
        let value = NamedValue::of(*first, more, self.all.format, is_item);
        Some((first.0, value))
    }
}
