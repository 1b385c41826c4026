//! Analyzes JSON functions.

use sqlite3_parser::ast::{Expr, Literal};

use super::scope::{Column, unquoted};
use super::value::{Types, Value};

/// Returns the inferred type and nullability of a JSON function. Returns `None` if no JSON function has this name.
pub(super) fn call(name: &str, arguments: &[Expr<'_>], values: &[Value]) -> Option<Value> {
    let first = values.first().is_none_or(|value| value.nullable);
    let binary = name.starts_with("jsonb");
    let json = if binary { Value::BLOB } else { Value::TEXT };
    let result = match name {
        "json" | "jsonb" => json.or_null(first),
        "json_array" | "jsonb_array" | "json_object" | "jsonb_object" | "json_quote" => json,
        "json_valid" => Value::BOOLEAN.or_null(values.iter().any(|value| value.nullable)),
        "json_array_length" if arguments.len() == 1 => Value::INTEGER.or_null(first),
        "json_array_length" => Value::INTEGER.or_null(true),
        "json_type" if arguments.len() == 1 => Value::TEXT.or_null(first),
        "json_type" => Value::TEXT.or_null(true),
        "json_patch" | "jsonb_patch" => json.or_null(values.iter().any(|value| value.nullable)),
        "json_insert" | "jsonb_insert" | "json_replace" | "jsonb_replace" | "json_set"
        | "jsonb_set" => {
            let mut paths = arguments.iter().skip(1).step_by(2);
            json.or_null(first || !paths.all(is_inner_path))
        }
        "json_remove" | "jsonb_remove" => {
            let mut paths = arguments.iter().skip(1);
            json.or_null(first || !paths.all(is_inner_path))
        }
        _ => return None,
    };
    Some(result)
}

/// Returns whether the argument is the path of an element inside a document, such as `$.a`. The path `$` stands for the
/// whole document, and `json_remove` then returns null.
fn is_inner_path(argument: &Expr<'_>) -> bool {
    match argument {
        Expr::Literal(Literal::String(path)) => {
            let path = unquoted(path);
            path.starts_with('$') && path.len() > 1
        }
        _ => false,
    }
}

/// Returns the columns of `json_each` or `json_tree`, or `None` for any other function.
pub(super) fn table(name: &str) -> Option<Vec<Column>> {
    if !matches!(
        name.to_ascii_lowercase().as_str(),
        "json_each" | "json_tree"
    ) {
        return None;
    }
    let scalar = Types::NUMBER.union(Types::TEXT);
    let hidden = |name| Column {
        hidden: true,
        ..Column::new(name, Value::UNKNOWN)
    };
    Some(vec![
        // The key is null if the document is neither an array nor an object.
        Column::new(
            "key",
            Value::of(Types::INTEGER.union(Types::TEXT)).or_null(true),
        ),
        Column::new("value", Value::of(scalar).or_null(true)),
        Column::new("type", Value::TEXT),
        Column::new("atom", Value::of(scalar).or_null(true)),
        Column::new("id", Value::INTEGER),
        Column::new("parent", Value::INTEGER.or_null(true)),
        Column::new("fullkey", Value::TEXT),
        Column::new("path", Value::TEXT),
        hidden("json"),
        hidden("root"),
    ])
}
