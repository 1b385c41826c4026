//! Broken validation rules as errors of the request.

use std::borrow::Cow;

use serde_json::{Map, Value};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::pointer::{is_within, push_token};
use crate::FieldError;
use crate::extract::decode::sorted::sorted;
use crate::extract::each::add_errors_of_items;

/// Returns the broken validation rules of the input. `invalid` has the errors of values that placeholders replaced.
/// Omits the rules for such a value, for its parts, and for the objects and arrays that contain the value: these rules
/// may have checked the placeholder.
pub(in crate::extract) fn broken_rules(
    errors: &ValidationErrors,
    sent: &Value,
    invalid: &[FieldError],
) -> Vec<FieldError> {
    let mut list = Vec::new();
    collect(errors, sent, &mut String::new(), &mut list);
    list.retain(|error| {
        invalid.iter().all(|other| {
            !is_within(&error.pointer, &other.pointer) && !is_within(&other.pointer, &error.pointer)
        })
    });
    list
}

/// The maximum number of broken validation rules in a response. A body of 1 MiB can have 100,000 items that each break
/// a rule.
const MAX_ERRORS: usize = 1000;

fn collect(
    errors: &ValidationErrors,
    sent: &Value,
    pointer: &mut String,
    list: &mut Vec<FieldError>,
) {
    for (field, kind) in errors.errors() {
        let length = pointer.len();
        let value = match sent_name(field, kind, sent) {
            None => sent,
            Some(name) => {
                push_token(pointer, name);
                sent.get(name).unwrap_or(&Value::Null)
            }
        };
        match kind {
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    if !add_errors_of_items(error, pointer, list) {
                        list.push(describe(pointer, error));
                    }
                }
                list.truncate(MAX_ERRORS);
            }
            ValidationErrorsKind::Struct(errors) => collect(errors, value, pointer, list),
            ValidationErrorsKind::List(items) => {
                let mut parts = parts(value);
                for (index, errors) in items.iter().take(MAX_ERRORS) {
                    let length = pointer.len();
                    let (token, part) = part_with(errors, *index, &mut parts);
                    push_token(pointer, &token);
                    collect(errors, part, pointer, list);
                    pointer.truncate(length);
                }
            }
        }
        pointer.truncate(length);
    }
}

/// An item of a list with its index, or a value of a map with its key.
type Part<'a> = (Cow<'a, str>, &'a Value);

/// Returns the parts of a list in their order, or the parts of a map in the order of their keys.
fn parts(value: &Value) -> Vec<Option<Part<'_>>> {
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let part = |(index, item): (usize, _)| Some((index.to_string().into(), item));
            items.map(part).collect()
        }
        Value::Object(fields) => {
            let keys = sorted(fields.keys().map(|key| (&**key, "")));
            let part = |key: &'_ str| fields.get_key_value(key);
            let parts = keys.iter().filter_map(|(key, ..)| part(key));
            parts
                .map(|(key, value)| Some((key.into(), value)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// [`part_with`] searches only lists and maps that have at most this many parts.
const MAX_COMPARED: usize = 1000;

/// Finds the part in which `validator` has found the errors. Removes this part from `parts`, and returns the part.
///
/// `validator` numbers the parts in the iteration order of the type. This is the order of the sent items for a `Vec`,
/// and usually the order of the keys for a `BTreeMap`. For a `HashMap` or a `HashSet`, the order is unrelated to the
/// input. So if the part at `index` does not contain the rejected values, `part_with` searches for a part that contains
/// them.
fn part_with<'a>(
    errors: &ValidationErrors,
    index: usize,
    parts: &mut [Option<Part<'a>>],
) -> Part<'a> {
    let has_rejected = |part: &Option<Part<'_>>| {
        part.as_ref()
            .is_some_and(|(_, value)| has_rejected_values(value, errors))
    };
    let is_at_index = parts.get(index).is_some_and(has_rejected);
    let found = if is_at_index || parts.len() > MAX_COMPARED {
        None
    } else {
        parts.iter().position(has_rejected)
    };
    let part = parts.get_mut(found.unwrap_or(index)).and_then(Option::take);
    part.unwrap_or_else(|| (index.to_string().into(), &Value::Null))
}

/// Returns whether a sent value contains the rejected values that the errors name. If an error names no rejected value,
/// the error fits every sent value.
fn has_rejected_values(sent: &Value, errors: &ValidationErrors) -> bool {
    errors.errors().iter().all(|(field, kind)| {
        let part = match sent_name(field, kind, sent) {
            None => sent,
            Some(name) => sent.get(name).unwrap_or(&Value::Null),
        };
        match kind {
            ValidationErrorsKind::Field(errors) => errors.iter().all(|error| {
                let rejected = error.params.get("value");
                rejected.is_none_or(|rejected| rejected == part)
            }),
            ValidationErrorsKind::Struct(errors) => has_rejected_values(part, errors),
            ValidationErrorsKind::List(_) => true,
        }
    })
}

/// Returns the field's name as the client wrote it; `None` if the error is about the whole value.
///
/// `validator` reports the name of the Rust field; the client uses the name that serde reads. Usually the name of the
/// Rust field and the name that serde reads differ only in case, underscores and hyphens. If the names differ more,
/// `sent_name` searches for the rejected value. If exactly one field has this value, `sent_name` returns the name of
/// this field.
fn sent_name<'a>(field: &'a str, kind: &ValidationErrorsKind, sent: &'a Value) -> Option<&'a str> {
    // `validator` uses the name `__all__` for a rule on the whole struct, and `_tmp_validator` for the items of a list.
    if field == "__all__" || field == "_tmp_validator" {
        return None;
    }
    let Some(fields) = sent.as_object() else {
        return Some(field);
    };
    if let Some(name) = by_name(fields, field) {
        return Some(name);
    }
    let holds = |value: &Value| match kind {
        ValidationErrorsKind::Field(errors) => errors
            .iter()
            .any(|error| error.params.get("value") == Some(value)),
        ValidationErrorsKind::Struct(errors) => value.as_object().is_some_and(|fields| {
            let mut broken = errors.errors().keys();
            broken.all(|field| field == "__all__" || by_name(fields, field).is_some())
        }),
        ValidationErrorsKind::List(_) => value.is_array() || value.is_object(),
    };
    // In the input, the fields of a struct with `#[serde(flatten)]` are fields of the outer object, without a name for
    // the struct.
    if matches!(kind, ValidationErrorsKind::Struct(_)) && holds(sent) {
        return None;
    }
    let mut holders = fields.iter().filter(|(_, value)| holds(value));
    match (holders.next(), holders.next()) {
        (Some((name, _)), None) => Some(name),
        _ => Some(field),
    }
}

/// Returns the name in `fields` that matches the name of the Rust field. The comparison of the names ignores case,
/// underscores and hyphens.
fn by_name<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    if let Some((name, _)) = fields.get_key_value(field) {
        return Some(name);
    }
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let mut names = fields.keys();
    Some(names.find(|name| plain(name) == plain(field))?)
}

pub(in crate::extract) fn describe(pointer: &str, error: &ValidationError) -> FieldError {
    let message = match (&error.message, &*error.code) {
        (Some(message), _) => message.clone(),
        (None, "length") => bounds("the length must be", error),
        (None, "range") => bounds("must be", error),
        (None, "email") => Cow::Borrowed("must be an email address"),
        (None, "url") => Cow::Borrowed("must be an absolute URL"),
        (None, "required") => Cow::Borrowed("is required"),
        (None, code) => format!("violates the rule {code:?}").into(),
    };
    let mut described = FieldError::new(pointer, error.code.clone(), message);
    // The response omits the rejected value: the client knows the value, and the value may be a secret.
    let params = error.params.iter().filter(|(name, _)| *name != "value");
    let params = params.map(|(name, value)| (name.to_string(), value.clone()));
    described.params.extend(params);
    described
}

/// Returns a message that states the bounds of the validation rule.
fn bounds(what: &str, error: &ValidationError) -> Cow<'static, str> {
    const BOUNDS: [(&str, &str); 5] = [
        ("equal", ""),
        ("min", "at least "),
        ("exclusive_min", "more than "),
        ("max", "at most "),
        ("exclusive_max", "less than "),
    ];
    if let (Some(min), Some(max)) = (error.params.get("min"), error.params.get("max")) {
        return format!("{what} from {min} to {max}").into();
    }
    let bounds: Vec<String> = BOUNDS
        .iter()
        .filter_map(|(name, relation)| Some(format!("{relation}{}", error.params.get(*name)?)))
        .collect();
    format!("{what} {}", bounds.join(" and ")).into()
}
