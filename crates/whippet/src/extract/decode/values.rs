//! A serde deserializer for the values of one name, which reads the values into the type of a field.

use std::borrow::Cow;
use std::str::FromStr;
use std::vec::IntoIter;

use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Unexpected, Visitor,
};

use super::invalid_value::Error;
use super::sorted::NumberedPair;
use crate::MAX_INTEGER;
use crate::extract::errors::NOT_EXACT;

/// The source of the values, which determines how several values with the same name are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::extract) enum Format {
    /// A query or a form: several values with the same name are read as a list.
    Form,
    /// A header: several values are joined with commas into one string, or read as a list if the field is a list (RFC
    /// 9110 sections 5.3 and 5.6.1).
    Header,
    /// A cookie or a path parameter: only the first of several values is read.
    Text,
}

/// The values of one name.
#[derive(Clone, Copy)]
pub(crate) struct NamedValue<'a> {
    /// The first value.
    value: &'a str,
    /// The pairs with the other values of the same name.
    more: &'a [NumberedPair<'a>],
    format: Format,
    /// Whether the client sent the value as an item of a list, such as `tags[]`. Then even a single value is a list.
    is_item: bool,
}

impl<'a> NamedValue<'a> {
    /// Creates a `NamedValue` from a name and its only value.
    pub(in crate::extract) fn text(name: &'a str, value: &'a str) -> Self {
        Self::of((name, 0, value), &[], Format::Text, false)
    }

    /// Creates a `NamedValue` from the pairs with the same name.
    pub(super) fn of(
        (_, _, value): NumberedPair<'a>,
        more: &'a [NumberedPair<'a>],
        format: Format,
        is_item: bool,
    ) -> Self {
        Self {
            value,
            more,
            format,
            is_item,
        }
    }

    fn values(self) -> impl Iterator<Item = &'a str> {
        let more = self.more.iter().map(|(.., value)| *value);
        std::iter::once(self.value).chain(more)
    }

    /// Returns the values as one string. Returns `None` if the values are a list: if a query or a form has several
    /// values, or if the client sent the value as an item of a list.
    fn one(self) -> Option<Cow<'a, str>> {
        match self.format {
            Format::Form if self.is_item || !self.more.is_empty() => None,
            Format::Header if !self.more.is_empty() => {
                Some(self.values().collect::<Vec<_>>().join(", ").into())
            }
            _ => Some(self.value.into()),
        }
    }

    fn list(self) -> IntoIter<&'a str> {
        let values = self.values();
        let list: Vec<_> = match self.format {
            Format::Header => values.flat_map(items).collect(),
            Format::Form | Format::Text => values.collect(),
        };
        list.into_iter()
    }
}

impl<'de> IntoDeserializer<'de, Error> for NamedValue<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl NamedValue<'_> {
    /// Reads an integer within ±[`MAX_INTEGER`], which every host stores exactly.
    fn integer<'de, V, T>(
        self,
        visitor: V,
        amount: impl FnOnce(&T) -> u64,
        visit: impl FnOnce(V, T) -> Result<V::Value, Error>,
    ) -> Result<V::Value, Error>
    where
        V: Visitor<'de>,
        T: FromStr,
    {
        match self.one().and_then(|text| text.parse::<T>().ok()) {
            Some(value) if amount(&value) > MAX_INTEGER.unsigned_abs() => {
                Err(de::Error::custom(NOT_EXACT))
            }
            Some(value) => visit(visitor, value),
            None => self.deserialize_any(visitor),
        }
    }

    /// Reads a finite number. Rejects infinity and NaN, because JSON cannot represent them and because NaN would pass
    /// every `range` rule.
    fn float<'de, V, T>(
        self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Error>,
    ) -> Result<V::Value, Error>
    where
        V: Visitor<'de>,
        T: FromStr + Copy + Into<f64>,
    {
        let parsed = self.one().and_then(|text| text.parse::<T>().ok());
        match parsed.filter(|value| Into::<f64>::into(*value).is_finite()) {
            Some(value) => visit(visitor, value),
            None => self.deserialize_any(visitor),
        }
    }
}

macro_rules! parse {
    ($($method:ident => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.one().and_then(|text| text.parse().ok()) {
                Some(value) => visitor.$visit(value),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for NamedValue<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.one() {
            Some(text) => visitor.visit_str(&text),
            None => self.deserialize_seq(visitor),
        }
    }

    // If a value is not a number, these methods pass the value to the visitor as a string, so that the visitor's error
    // contains the expected type.
    parse! {
        deserialize_i8 => visit_i8; deserialize_i16 => visit_i16; deserialize_i32 => visit_i32;
        deserialize_u8 => visit_u8; deserialize_u16 => visit_u16; deserialize_u32 => visit_u32;
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.integer(
            visitor,
            |integer: &i64| integer.unsigned_abs(),
            V::visit_i64,
        )
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.integer(visitor, |integer: &u64| *integer, V::visit_u64)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor, V::visit_f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.float(visitor, V::visit_f64)
    }

    /// Reads `on` in a form as true: a browser sends `on` for a checkbox without a `value` attribute (WHATWG HTML,
    /// "Checkbox state").
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.one().as_deref() {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            Some("on") if self.format == Format::Form => visitor.visit_bool(true),
            Some(text) => Err(de::Error::invalid_value(
                Unexpected::Str(text),
                &"`true` or `false`",
            )),
            None => self.deserialize_any(visitor),
        }
    }

    /// Reads an empty string as `None` for an optional number, because browsers send an empty string for an empty
    /// number input.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_empty =
            self.format == Format::Form && self.one().is_some_and(|text| text.is_empty());
        if is_empty && is_optional_number::<V::Value>() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.format == Format::Text {
            return self.deserialize_any(visitor);
        }
        visitor.visit_seq(Items {
            list: self.list(),
            index: 0,
            parent: self,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
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
        match self.one() {
            Some(text) => visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(&*text)),
            None => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any i128 u128
    }
}

/// Whether `T` is an `Option` of a number or of a `bool`.
fn is_optional_number<T>() -> bool {
    macro_rules! is_any_of {
        ($($number:ty)*) => { [$(typeid::of::<Option<$number>>()),*].contains(&typeid::of::<T>()) };
    }
    is_any_of! { bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 }
}

/// Reads the items of a list. If an item is invalid, adds its index to the pointer of the error.
struct Items<'a> {
    list: IntoIter<&'a str>,
    index: usize,
    parent: NamedValue<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.list.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        let item = NamedValue {
            value,
            more: &[],
            is_item: false,
            ..self.parent
        };
        let item = seed.deserialize(item).map(Some);
        item.map_err(|error| error.within(&index.to_string()))
    }
}

/// Splits a list at its commas and drops empty items. A comma in quotes does not end an item.
pub(crate) fn items(list: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let items = list.split(move |character| {
        let escapes = is_quoted && character == '\\' && !is_escaped;
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = escapes;
        character == ',' && !is_quoted
    });
    items.map(str::trim).filter(|item| !item.is_empty())
}
