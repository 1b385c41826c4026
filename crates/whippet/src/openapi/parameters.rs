//! Parameters from the schema of a type.

use serde_json::{Map, Value, json};

/// The parameters that a type with this schema reads: one for each property of an object, one for each item of a tuple,
/// else one; names are those of the path's pattern where the type has none. Each is a name, a schema and whether it is
/// required.
pub(super) fn from_schema(schema: Value, names: &[&str]) -> Vec<(String, Value, bool)> {
    let Value::Object(mut object) = schema else {
        return unnamed(vec![json!({})], names);
    };
    if let Some(Value::Array(items)) = object.remove("prefixItems") {
        return unnamed(items, names);
    }
    match object.remove("properties") {
        Some(Value::Object(properties)) => {
            let required = object.remove("required").unwrap_or_default();
            let is_required = |name: &str| {
                let names = required.as_array();
                names.is_some_and(|names| names.iter().any(|required| required == name))
            };
            properties
                .into_iter()
                .map(|(name, schema)| {
                    let required = is_required(&name);
                    (name, schema, required)
                })
                .collect()
        }
        Some(_) => Vec::new(),
        None => unnamed(vec![Value::Object(object)], names),
    }
}

fn unnamed(schemas: Vec<Value>, names: &[&str]) -> Vec<(String, Value, bool)> {
    let named = names.iter().zip(schemas);
    named
        .map(|(name, schema)| ((*name).to_owned(), schema, true))
        .collect()
}

/// A schema without `null`, which no text of a parameter stands for, and its description, which belongs to the parameter.
pub(super) fn without_null(schema: Value) -> (Value, Option<Value>) {
    let Value::Object(mut object) = schema else {
        return (schema, None);
    };
    let description = object.remove("description");
    // A default of null says that the parameter may be absent, which `required` says too.
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(mut options)) = object.remove("anyOf") {
        options.retain(|option| *option != json!({"type": "null"}));
        match <[Value; 1]>::try_from(options) {
            Ok([Value::Object(only)]) => {
                let mut merged: Map<String, Value> = only;
                let inner = merged.remove("description");
                merged.extend(object);
                return (Value::Object(merged), description.or(inner));
            }
            Ok([only]) => return (only, description),
            Err(options) => {
                object.insert("anyOf".to_owned(), Value::Array(options));
            }
        }
    }
    (Value::Object(object), description)
}
