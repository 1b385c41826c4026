//! Derives parameters from the schema of a type.

use serde_json::{Map, Value, json};

/// Returns the parameters from which a type with the schema `schema` is read. Each parameter has a name, a schema, and
/// a flag that is true if the parameter is required.
///
/// An object has a parameter for each property, a tuple has a parameter for each item, and any other type has one
/// parameter. Tuples and single values take their names from `path_names`, the names in the path pattern.
pub(super) fn from_schema(schema: Value, path_names: &[&str]) -> Vec<(String, Value, bool)> {
    let Value::Object(mut object) = schema else {
        return unnamed(vec![json!({})], path_names);
    };
    if let Some(Value::Array(items)) = object.remove("prefixItems") {
        return unnamed(items, path_names);
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
        None => unnamed(vec![Value::Object(object)], path_names),
    }
}

fn unnamed(schemas: Vec<Value>, path_names: &[&str]) -> Vec<(String, Value, bool)> {
    let named = path_names.iter().zip(schemas);
    named
        .map(|(name, schema)| ((*name).to_owned(), schema, true))
        .collect()
}

/// Removes `null` from a schema, because the text of a parameter is never `null`. Also removes the description from the
/// schema and returns it, because the description belongs to the parameter.
pub(super) fn without_null(schema: Value) -> (Value, Option<Value>) {
    let Value::Object(mut object) = schema else {
        return (schema, None);
    };
    let description = object.remove("description");
    // A default of `null` only means that the parameter is optional, and `required` already states this.
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
