//! The limits of 64-bit integers in schemas.

use serde_json::Value;

use crate::MAX_INTEGER;

/// Adds the limits ±[`MAX_INTEGER`] to the schemas of 64-bit integers. The extractors reject integers outside these
/// limits, and a query cannot store them.
pub(super) fn add_limits(schemas: &mut Value) {
    match schemas {
        Value::Object(schema) => {
            let is_integer = schema.get("type").is_some_and(|kind| {
                let mut kinds = kind
                    .as_array()
                    .map_or(std::slice::from_ref(kind), Vec::as_slice)
                    .iter();
                kinds.any(|kind| kind == "integer")
            });
            let format = schema
                .get("format")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let (is_signed, is_unsigned) = (
                matches!(format, "int64" | "int"),
                matches!(format, "uint64" | "uint"),
            );
            if is_integer && (is_signed || is_unsigned) {
                schema.entry("maximum").or_insert(MAX_INTEGER.into());
            }
            if is_integer && is_signed {
                schema.entry("minimum").or_insert((-MAX_INTEGER).into());
            }
            schema.values_mut().for_each(add_limits);
        }
        Value::Array(items) => items.iter_mut().for_each(add_limits),
        _ => {}
    }
}
