//! The differences between two JSON values.

use serde_json::Value;

/// How two JSON values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    /// Objects may have fields that are not expected.
    Includes,
}

/// Returns a line for each difference. The line contains the JSON pointer and both values.
pub(super) fn differences(expected: &Value, actual: &Value, compare: Compare) -> Vec<String> {
    let mut lines = Vec::new();
    collect(expected, actual, compare, "", &mut lines);
    lines
}

fn collect(
    expected: &Value,
    actual: &Value,
    compare: Compare,
    pointer: &str,
    lines: &mut Vec<String>,
) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, expected) in expected {
                let pointer = child(pointer, name);
                match actual.get(name) {
                    Some(actual) => collect(expected, actual, compare, &pointer, lines),
                    None => lines.push(format!("{pointer}: expected {expected}, got no field")),
                }
            }
            if compare == Compare::Equal {
                for (name, actual) in actual {
                    if !expected.contains_key(name) {
                        let pointer = child(pointer, name);
                        lines.push(format!("{pointer}: expected no field, got {actual}"));
                    }
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                collect(
                    expected,
                    actual,
                    compare,
                    &child(pointer, &index.to_string()),
                    lines,
                );
            }
        }
        _ if expected == actual => {}
        _ => {
            let pointer = if pointer.is_empty() {
                "the whole value"
            } else {
                pointer
            };
            lines.push(format!("{pointer}: expected {expected}, got {actual}"));
        }
    }
}

/// Appends a token to a JSON pointer (RFC 6901 section 3).
fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::{Compare, differences};
    use serde_json::json;

    #[test]
    fn every_difference_is_reported_with_its_pointer() {
        let expected = json!({"a": 1, "b": {"c/d": [1, 2]}, "gone": null});
        let actual = json!({"a": "1", "b": {"c/d": [1, 3]}, "more": true});
        assert_eq!(
            differences(&expected, &actual, Compare::Equal),
            [
                r#"/a: expected 1, got "1""#,
                "/b/c~1d/1: expected 2, got 3",
                "/gone: expected null, got no field",
                "/more: expected no field, got true",
            ]
        );
        assert_eq!(differences(&expected, &actual, Compare::Includes).len(), 3);
        let lists = differences(&json!([1]), &json!([1, 2]), Compare::Includes);
        assert_eq!(lists, ["the whole value: expected [1], got [1,2]"]);
    }
}
