//! Names the variants of tagged unions, because a discriminator refers to variants by name.

use serde_json::{Map, Value, json};

use super::schemas::{Names, reference};

/// Moves the variants of every tagged union to named schemas, and adds a `discriminator` to the union. The variants
/// need names, because a discriminator ignores inline variants (OpenAPI 3.1 section 4.8.25).
pub(super) fn name_variants(schemas: &mut Map<String, Value>, names: &mut Names) {
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let Some(variants) = schema.get("oneOf").and_then(Value::as_array) else {
            continue;
        };
        let Some(tag) = tag(variants) else {
            continue;
        };
        let (mut references, mut mapping) = (Vec::new(), Map::new());
        for variant in variants {
            let value = constant(variant, &tag).unwrap_or_default();
            let variant_name = names.reserve(&format!("{name}{}", pascal_case(value)));
            let reference = reference(&variant_name);
            references.push(json!({ "$ref": reference }));
            mapping.insert(value.to_owned(), reference.into());
            named.insert(variant_name, variant.clone());
        }
        schema["oneOf"] = references.into();
        schema["discriminator"] = json!({"propertyName": tag, "mapping": mapping});
    }
    schemas.extend(named);
}

/// Returns the property that has a different constant in each variant.
fn tag(variants: &[Value]) -> Option<String> {
    let properties = variants.first()?.get("properties")?.as_object()?;
    let is_tag = |name: &&String| {
        let mut values: Vec<_> = variants
            .iter()
            .map(|variant| constant(variant, name))
            .collect();
        values.sort_unstable();
        let all = values.iter().all(Option::is_some);
        values.dedup();
        all && values.len() == variants.len()
    };
    properties.keys().find(is_tag).cloned()
}

fn constant<'a>(variant: &'a Value, property: &str) -> Option<&'a str> {
    variant["properties"][property]["const"].as_str()
}

pub(super) fn pascal_case(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words
        .filter_map(|word| {
            let first = word.get(..1)?.to_ascii_uppercase();
            Some(first + word.get(1..)?)
        })
        .collect()
}
