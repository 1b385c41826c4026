//! Named text values, as headers and cookies are, read by serde into a struct or a map.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::pairs;
use super::pointer::pointer;
use crate::{FieldError, Problem};

/// One name with its value. A header's value is a list where one is asked for, with commas between (RFC 9110 section 5.6.1).
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Cow<'a, str>,
    pub(crate) is_list: bool,
}

impl<'a> Field<'a> {
    /// One value.
    pub(crate) fn text(name: &'a str, value: &'a str) -> Self {
        Self {
            name,
            value: Cow::Borrowed(value),
            is_list: false,
        }
    }
}

/// Reads the fields into `T`, with stand-ins for those that do not fit, and what is wrong with those.
pub(super) fn read<T: DeserializeOwned>(
    fields: Vec<Field<'_>>,
) -> Result<(T, Vec<FieldError>), Problem> {
    let first = match typed(&fields) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(first) => first,
    };
    let has_lists = fields.iter().any(|field| field.is_list);
    let pairs = fields
        .into_iter()
        .map(|field| (field.name.to_owned(), field.value.into_owned()));
    pairs::mend(pairs.collect(), first, |pairs| {
        let fields = pairs.iter().map(|(name, value)| Field {
            is_list: has_lists,
            ..Field::text(name, value)
        });
        typed(&fields.collect::<Vec<_>>())
    })
}

fn typed<T: DeserializeOwned>(fields: &[Field<'_>]) -> Result<T, FieldError> {
    let fields = Fields {
        fields,
        names: None,
    };
    serde_path_to_error::deserialize(fields).map_err(|error| {
        let pointer = pointer(error.path());
        match error.into_inner() {
            Error::Missing(name) => FieldError::new(format!("/{name}"), "required", "is required"),
            Error::Other(message) => FieldError::new(pointer, "type", message),
        }
    })
}

#[derive(Debug)]
pub(crate) enum Error {
    Missing(&'static str),
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is required"),
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

struct Fields<'a> {
    fields: &'a [Field<'a>],
    /// Those that are looked at; all, unless there are some.
    names: Option<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_asked_for = |name| self.names.is_none_or(|names| names.contains(&name));
        let entries = self.fields.iter().filter(|field| is_asked_for(field.name));
        visitor.visit_map(MapDeserializer::new(
            entries.map(|field| (field.name, field.clone())),
        ))
    }

    /// A request has many headers that are nobody's business: the others are not looked at.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let asked_for = Self {
            names: Some(names),
            ..self
        };
        asked_for.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Field<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parse {
    ($($method:ident => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.value.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_str(&self.value),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.value)
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

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.is_list {
            return self.deserialize_any(visitor);
        }
        let items = items(&self.value).map(|item| Field::text(self.name, item));
        visitor.visit_seq(SeqDeserializer::new(items))
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
        visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(&*self.value))
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any i128 u128
    }
}

/// The items between the commas, without those that are empty. A comma in quotes belongs to its item.
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
