//! The problem types of the document: their descriptions and their schemas.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::ProblemType;
use crate::problem::{Extension, ProblemDocument};

/// Adds the schema `Problem`, which describes the problems without extensions.
pub(super) fn add_base(generator: &mut SchemaGenerator) {
    generator.subschema_for::<ProblemDocument<'_>>();
}

/// Returns the schemas of the problem types that have extensions. The keys are the names of the problem types.
pub(super) fn schemas(
    kinds: &BTreeMap<&'static str, ProblemType>,
    generator: &mut SchemaGenerator,
) -> Map<String, Value> {
    let kinds = kinds.values().filter(|kind| !kind.extensions.is_empty());
    kinds
        .map(|kind| (kind.name.to_owned(), schema(kind, generator)))
        .collect()
}

fn schema(kind: &ProblemType, generator: &mut SchemaGenerator) -> Value {
    let mut schema = ProblemDocument::json_schema(generator).to_value();
    schema["description"] = kind.doc.into();
    if let Value::Array(required) = &mut schema["required"] {
        // A problem with field errors may have no `detail`.
        required.retain(|name| name != "detail" || !kind.has_errors());
        required.extend(
            kind.extensions
                .iter()
                .map(|extension| extension.name.into()),
        );
    }
    for extension in kind.extensions {
        schema["properties"][extension.name] = field(extension, generator).to_value();
    }
    schema
}

fn field(extension: &Extension, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = (extension.schema)(generator);
    schema.insert("description".to_owned(), extension.doc.into());
    schema
}

/// Returns the descriptions of the problem types. The keys are the names of the problem types.
pub(super) fn descriptions(kinds: &BTreeMap<&'static str, ProblemType>) -> Map<String, Value> {
    let mut types = Map::new();
    for (name, kind) in kinds {
        let description =
            json!({"status": kind.status.as_u16(), "title": kind.title, "detail": kind.doc});
        types.insert((*name).to_owned(), description);
    }
    types
}
