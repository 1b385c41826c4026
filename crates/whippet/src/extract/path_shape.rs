//! Finds out, before any request arrives, from which path parameters a type is read.

use std::any::type_name;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

/// How [`Record`](crate::record::Record) reads a type from path parameters.
enum Shape {
    /// The type is read from a single parameter.
    Single,
    /// The type is a tuple, and is read from this number of parameters, in the order of the path.
    Tuple(usize),
    /// The type is a struct or a map, and is read from parameters by name.
    Struct,
    /// The type is a list, and is read from any number of parameters.
    Any,
}

/// Checks that a `T` can be read from the parameters with these names. The error states what to change.
pub(super) fn check<T: DeserializeOwned + JsonSchema>(names: &[&str]) -> Result<(), String> {
    let mut shape = Shape::Single;
    drop(T::deserialize(Probe(&mut shape)));
    let has = match names.len() {
        0 => "no parameters".to_owned(),
        1 => "1 parameter".to_owned(),
        count => format!("{count} parameters"),
    };
    let ty = type_name::<T>();
    match shape {
        Shape::Single if names.len() != 1 => Err(format!(
            "`Path<{ty}>` needs 1 path parameter, but the path has {has}: use a tuple or a struct, or change the path"
        )),
        Shape::Tuple(count) if names.len() != count => Err(format!(
            "`Path<{ty}>` needs {count} path parameters, but the path has {has}: use a tuple with one item for each parameter, or change the path"
        )),
        Shape::Struct => {
            let required = required::<T>();
            let missing = required.iter().find(|name| !names.contains(&name.as_str()));
            missing.map_or(Ok(()), |name| {
                Err(format!(
                    "`Path<{ty}>` needs the path parameter `{name}`, which the path does not have: add `{{{name}}}` to the path, or rename or remove the field"
                ))
            })
        }
        _ => Ok(()),
    }
}

/// Returns the names of the required fields of `T`.
fn required<T: JsonSchema>() -> Vec<String> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    let required = schema.remove("required").unwrap_or_default();
    serde_json::from_value(required).unwrap_or_default()
}

/// A deserializer that stores the shape of a type and then fails.
struct Probe<'a>(&'a mut Shape);

impl Probe<'_> {
    fn store<T>(self, shape: Shape) -> Result<T, Error> {
        *self.0 = shape;
        Err(Error::custom("only the shape of the type is read"))
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.store(Shape::Single)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, _: V) -> Result<V::Value, Error> {
        self.store(Shape::Tuple(len))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        _: V,
    ) -> Result<V::Value, Error> {
        self.store(Shape::Tuple(len))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.store(Shape::Struct)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        // A struct with a flattened field is read as a map.
        self.store(Shape::Struct)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.store(Shape::Any)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        enum identifier ignored_any
    }
}
