//! Broken rules, as the client is told of them.

use std::borrow::Cow;

use serde_json::{Map, Value};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::gather::is_within;
use super::pointer::push_token;
use super::sorted::sorted;
use crate::FieldError;

/// Every broken rule of what was sent. Those of members that do not even fit their type, of what is in them and of what they
/// are in, are left out: the rules saw stand-ins.
pub(super) fn broken(
    errors: &ValidationErrors,
    sent: &Value,
    misfits: &[FieldError],
) -> Vec<FieldError> {
    let mut list = Vec::new();
    collect(errors, sent, &mut String::new(), &mut list);
    list.retain(|error| {
        misfits.iter().all(|misfit| {
            !is_within(&error.pointer, &misfit.pointer)
                && !is_within(&misfit.pointer, &error.pointer)
        })
    });
    list
}

/// How many broken rules are told at most: a body of 1 MiB can have 100,000 items with one each.
const MOST: usize = 1000;

fn collect(
    errors: &ValidationErrors,
    sent: &Value,
    pointer: &mut String,
    list: &mut Vec<FieldError>,
) {
    for (field, kind) in errors.errors() {
        let length = pointer.len();
        let member = match name_sent(field, kind, sent) {
            None => sent,
            Some(name) => {
                push_token(pointer, name);
                sent.get(name).unwrap_or(&Value::Null)
            }
        };
        match kind {
            ValidationErrorsKind::Field(errors) => {
                let room = MOST - list.len();
                list.extend(
                    errors
                        .iter()
                        .take(room)
                        .map(|error| describe(pointer, error)),
                );
            }
            ValidationErrorsKind::Struct(errors) => collect(errors, member, pointer, list),
            ValidationErrorsKind::List(items) => {
                // As a `BTreeMap` has them, where `validator` counts.
                let keys = member.as_object().into_iter().flat_map(Map::keys);
                let keys = sorted(keys.map(|key| (&**key, "")));
                for (index, errors) in items.iter().take(MOST) {
                    let length = pointer.len();
                    let item = match keys.get(*index) {
                        Some((key, ..)) => {
                            push_token(pointer, key);
                            member.get(key)
                        }
                        None => {
                            push_token(pointer, &index.to_string());
                            member.get(index)
                        }
                    };
                    collect(errors, item.unwrap_or(&Value::Null), pointer, list);
                    pointer.truncate(length);
                }
            }
        }
        pointer.truncate(length);
    }
}

/// The member's name as the client wrote it; `None` where what is wrong is no member but the whole.
///
/// `validator` knows the Rust field, the client the name that serde gives it. They differ by case and underscores, or else
/// the member is the one that holds what was refused.
fn name_sent<'a>(field: &'a str, kind: &ValidationErrorsKind, sent: &'a Value) -> Option<&'a str> {
    // `validator` files under these names what a rule says of the whole struct, and the items of a list.
    if field == "__all__" || field == "_tmp_validator" {
        return None;
    }
    let Some(members) = sent.as_object() else {
        return Some(field);
    };
    if let Some(name) = by_name(members, field) {
        return Some(name);
    }
    let holds = |value: &Value| match kind {
        ValidationErrorsKind::Field(errors) => errors
            .iter()
            .any(|error| error.params.get("value") == Some(value)),
        ValidationErrorsKind::Struct(errors) => value.as_object().is_some_and(|members| {
            let mut fields = errors.errors().keys();
            fields.all(|field| field == "__all__" || by_name(members, field).is_some())
        }),
        ValidationErrorsKind::List(_) => value.is_array() || value.is_object(),
    };
    // The members of a struct under `#[serde(flatten)]`.
    if matches!(kind, ValidationErrorsKind::Struct(_)) && holds(sent) {
        return None;
    }
    let mut holders = members.iter().filter(|(_, value)| holds(value));
    match (holders.next(), holders.next()) {
        (Some((name, _)), None) => Some(name),
        _ => Some(field),
    }
}

/// The member of the field's name, apart from case and underscores.
fn by_name<'a>(members: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    if let Some((name, _)) = members.get_key_value(field) {
        return Some(name);
    }
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let mut names = members.keys();
    Some(names.find(|name| plain(name) == plain(field))?)
}

fn describe(pointer: &str, error: &ValidationError) -> FieldError {
    let message = match (&error.message, &*error.code) {
        (Some(message), _) => message.clone(),
        (None, "length") => bounds("the length must be", error),
        (None, "range") => bounds("must be", error),
        (None, "email") => Cow::Borrowed("must be an email address"),
        (None, "url") => Cow::Borrowed("must be an absolute URL"),
        (None, "required") => Cow::Borrowed("is required"),
        (None, code) => format!("breaks the rule {code:?}").into(),
    };
    let mut described = FieldError::new(pointer, error.code.clone(), message);
    // The value itself stays out: the client knows it, and it may be a secret.
    let params = error.params.iter().filter(|(name, _)| *name != "value");
    let params = params.map(|(name, value)| (name.to_string(), value.clone()));
    described.params.extend(params);
    described
}

/// What would be right, from the bounds of the rule.
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
