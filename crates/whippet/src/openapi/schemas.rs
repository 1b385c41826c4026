//! Names the schemas of the document, and determines which schemas are used for both requests and responses.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::operation::PROBLEMS;
use super::tagged::pascal_case;

/// The path of the schemas in the document. Before [`merge`] is called, only the output schemas are at this path.
pub(super) const SCHEMAS: &str = "/components/schemas";

/// The path of the input schemas before [`merge`] is called. [`merge`] moves the input schemas to [`SCHEMAS`].
pub(super) const INPUTS: &str = "/components/inputs";

/// The names of the schemas in the document.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Reserves the name `wanted` for a schema. If another schema has this name, reserves the name with a number
    /// appended.
    ///
    /// A character that is not valid in the name of a schema becomes `_` (OpenAPI 3.1 section 4.8.7.1).
    pub(super) fn reserve(&mut self, wanted: &str) -> String {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let wanted = wanted.replace(|c| !is_valid(c), "_");
        let mut name = wanted.clone();
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}{number}");
        }
        name
    }
}

/// Returns the reference to the schema `name` in the document.
pub(super) fn reference(name: &str) -> String {
    format!("#{SCHEMAS}/{name}")
}

/// Merges the input schemas, the output schemas, and the schemas of problem types. Updates the references in the
/// document. Returns the merged schemas and their names.
///
/// If the input schema and the output schema of a type are the same, the document contains the schema once. If they
/// differ, the name of the input schema gets the suffix `Input`.
pub(super) fn merge(
    inputs: Map<String, Value>,
    outputs: Map<String, Value>,
    problems: Map<String, Value>,
    document: &mut Value,
) -> (Map<String, Value>, Names) {
    let shared = shared(&inputs, &outputs);
    let mut names = Names(BTreeSet::new());
    let mut references = BTreeMap::new();
    let mut add = |path: &str, name: &str, new_name: String| {
        references.insert(format!("#{path}/{name}"), new_name);
    };
    // The types of the app get their names first, so that no derived name, such as `UserInput`, takes the name of a
    // type.
    for name in outputs.keys() {
        add(SCHEMAS, name, names.reserve(name));
    }
    let (renamed, new): (Vec<_>, Vec<_>) =
        inputs.keys().partition(|name| outputs.contains_key(*name));
    for name in new {
        add(INPUTS, name, names.reserve(name));
    }
    for name in problems.keys() {
        add(
            PROBLEMS,
            name,
            names.reserve(&format!("{}Problem", pascal_case(name))),
        );
    }
    for name in renamed.into_iter().filter(|name| !shared.contains(*name)) {
        add(INPUTS, name, names.reserve(&format!("{name}Input")));
    }
    for name in &shared {
        let output = references[&format!("#{SCHEMAS}/{name}")].clone();
        references.insert(format!("#{INPUTS}/{name}"), output);
    }
    rewrite_references(document, &references);
    let mut schemas = Map::new();
    // Insert the output schemas last: for a shared schema, the output schema replaces the input schema with the same
    // name.
    for (path, group) in [(INPUTS, inputs), (PROBLEMS, problems), (SCHEMAS, outputs)] {
        for (name, mut schema) in group {
            rewrite_references(&mut schema, &references);
            let name = references[&format!("#{path}/{name}")].clone();
            schemas.insert(name, schema);
        }
    }
    (schemas, names)
}

/// Returns the names of the types whose input schema and output schema are the same. Two schemas are the same only if
/// the schemas to which they refer are also the same.
fn shared(inputs: &Map<String, Value>, outputs: &Map<String, Value>) -> BTreeSet<String> {
    let names = |path: &str, schemas: &Map<String, Value>| -> BTreeMap<String, String> {
        let names = schemas.keys();
        names
            .map(|name| (format!("#{path}/{name}"), name.clone()))
            .collect()
    };
    let (input_names, output_names) = (names(INPUTS, inputs), names(SCHEMAS, outputs));
    let mut shared = BTreeSet::new();
    let mut dependencies: Vec<(&String, BTreeSet<String>)> = Vec::new();
    for (name, input) in inputs {
        let Some(output) = outputs.get(name) else {
            continue;
        };
        let (mut input, mut output) = (input.clone(), output.clone());
        let referenced = rewrite_references(&mut input, &input_names);
        rewrite_references(&mut output, &output_names);
        if input == output {
            shared.insert(name.clone());
            dependencies.push((name, referenced));
        }
    }
    // Types may refer to each other, so every type counts as shared at first. Then types that refer to an unshared type
    // are removed one by one, until no such type is left.
    loop {
        let differ = dependencies
            .iter()
            .find(|(name, referenced)| shared.contains(*name) && !referenced.is_subset(&shared));
        match differ {
            Some((name, _)) => shared.remove(*name),
            None => return shared,
        };
    }
}

/// Replaces the schema names in the references of `value` with new names. Returns the new names that were used.
fn rewrite_references(value: &mut Value, new_names: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut referenced = BTreeSet::new();
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(old) if key == "$ref" => {
                        if let Some(name) = new_names.get(&decoded(old)) {
                            *old = reference(name);
                            referenced.insert(name.clone());
                        }
                    }
                    value => referenced.extend(rewrite_references(value, new_names)),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                referenced.extend(rewrite_references(item, new_names));
            }
        }
        _ => {}
    }
    referenced
}

/// Decodes a reference: a JSON pointer in a URL fragment (RFC 6901 section 6).
fn decoded(reference: &str) -> String {
    let pointer = percent_decode_str(reference).decode_utf8_lossy();
    // A decoded `/` is always part of a schema's name, because schemas are not nested.
    pointer.replace("~1", "/").replace("~0", "~")
}
