//! Validation rules for the items of a list and the values of a map: `#[validate(each(…))]`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::OnceLock;

use schemars::Schema;
use serde_json::{Map, Value, json};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::errors::{describe, push_token};
use super::{Change, Patch};
use crate::FieldError;

/// A list or a map whose items the rule `each` of [`#[rules]`](macro@crate::rules) can check.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no items",
    label = "not a list or a map",
    note = "the rule `each` checks the items of a list and the values of a map"
)]
pub trait Items {
    /// The type of an item of the list, or of a value of the map.
    type Item;

    /// Calls `visit` for each item, with the item and its token in a JSON pointer. The token is the index or the key of
    /// the item.
    fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &Self::Item));
}

macro_rules! lists {
    ($($list:ty),*) => {$(
        impl<T> Items for $list {
            type Item = T;

            fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &T)) {
                for (at, item) in self.iter().enumerate() {
                    visit(&at, item);
                }
            }
        }
    )*};
}

lists!(Vec<T>, [T], VecDeque<T>, BTreeSet<T>);

impl<T, S> Items for HashSet<T, S> {
    type Item = T;

    fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &T)) {
        for (at, item) in self.iter().enumerate() {
            visit(&at, item);
        }
    }
}

impl<K: ToString, V> Items for BTreeMap<K, V> {
    type Item = V;

    fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &V)) {
        for (key, value) in self {
            visit(key, value);
        }
    }
}

impl<K: ToString, V, S> Items for HashMap<K, V, S> {
    type Item = V;

    fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &V)) {
        for (key, value) in self {
            visit(key, value);
        }
    }
}

macro_rules! maybe_items {
    ($($type:ident: $value:ident),*) => {$(
        impl<C: Items> Items for $type<C> {
            type Item = C::Item;

            fn visit(&self, visit: &mut dyn FnMut(&dyn ToString, &C::Item)) {
                if let Some(items) = self.$value() {
                    items.visit(visit);
                }
            }
        }
    )*};
}

maybe_items!(Option: as_ref, Patch: value, Change: value);

/// The code of the error that [`each`] returns.
pub(super) const EACH: &str = "each";

/// The maximum number of items whose errors are reported.
const MAX_ITEMS: usize = 1000;

/// Checks each item. Called by the expansion of [`#[rules]`](macro@crate::rules).
///
/// # Errors
///
/// Returns one error that contains the errors of all items, because a `custom` rule of `validator` can return only one
/// error.
#[doc(hidden)]
pub fn each<C: Items>(
    items: &C,
    check: impl Fn(&C::Item) -> Result<(), ValidationErrors>,
) -> Result<(), ValidationError> {
    let mut found = Vec::new();
    items.visit(&mut |name, item| {
        if found.len() < MAX_ITEMS
            && let Err(errors) = check(item)
        {
            found.push(described(name.to_string(), &errors));
        }
    });
    if found.is_empty() {
        return Ok(());
    }
    READ.get_or_init(|| read);
    let mut error = ValidationError::new(EACH);
    error.add_param(Cow::Borrowed(ITEMS), &found);
    Err(error)
}

/// The name of the parameter in which the error of [`each`] stores the errors of the items.
pub(super) const ITEMS: &str = "items";

/// Converts the errors of one item into JSON. The JSON has the name of the item and a list of its errors. Each error
/// has a code, a message and parameters.
fn described(name: String, errors: &ValidationErrors) -> Value {
    let fields = errors.errors().values();
    let errors = fields.filter_map(|kind| match kind {
        ValidationErrorsKind::Field(errors) => Some(errors),
        _ => None,
    });
    let errors: Vec<Value> = errors
        .flatten()
        .map(|error| {
            let params = error.params.iter();
            let params: Map<_, _> = params
                .map(|(name, value)| (name.to_string(), value.clone()))
                .collect();
            json!({"code": error.code, "message": error.message, "params": params})
        })
        .collect();
    json!([name, errors])
}

type Read = fn(&ValidationError, &mut String, &mut Vec<FieldError>) -> bool;

/// The function [`read`], if [`each`] has run. Only [`each`] names `read`, so a program that does not use the rule
/// `each` does not link `read`.
static READ: OnceLock<Read> = OnceLock::new();

/// If [`each`] created `error`, adds the errors of the items to `list`, and returns true. For any other error, returns
/// false. `pointer` is the JSON pointer to the list or map.
pub(super) fn add_errors_of_items(
    error: &ValidationError,
    pointer: &mut String,
    list: &mut Vec<FieldError>,
) -> bool {
    READ.get().is_some_and(|read| read(error, pointer, list))
}

fn read(error: &ValidationError, pointer: &mut String, list: &mut Vec<FieldError>) -> bool {
    let items = match &*error.code {
        EACH => error.params.get(ITEMS).and_then(Value::as_array),
        _ => None,
    };
    let Some(items) = items else { return false };
    for item in items {
        let length = pointer.len();
        push_token(pointer, item[0].as_str().unwrap_or_default());
        for error in item[1].as_array().into_iter().flatten() {
            list.push(describe(pointer, &read_error(error)));
        }
        pointer.truncate(length);
    }
    true
}

fn read_error(error: &Value) -> ValidationError {
    let text = |name: &str| error[name].as_str().map(|text| Cow::Owned(text.to_owned()));
    let params = error["params"].as_object().into_iter().flatten();
    ValidationError {
        code: text("code").unwrap_or_default(),
        message: text("message"),
        params: params
            .map(|(name, value)| (Cow::Owned(name.clone()), value.clone()))
            .collect(),
    }
}

/// The keywords of JSON Schema that express validation rules.
const KEYWORDS: [&str; 13] = [
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];

/// Adds the rules for items to `list`, the schema of a list or map. The schema `item` describes a struct with one
/// field, which is named `item` and has the rules. Called by the expansion of [`#[rules]`](macro@crate::rules).
#[doc(hidden)]
pub fn add_rules_of_items(list: &mut Schema, item: &Schema) {
    let Some(rules) = item.pointer("/properties/item").and_then(Value::as_object) else {
        return;
    };
    let rules = rules
        .iter()
        .filter(|(name, _)| KEYWORDS.contains(&name.as_str()));
    let rules: Map<String, Value> = rules
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for part in ["items", "additionalProperties"] {
        match list.get_mut(part) {
            Some(Value::Object(schema)) => schema.extend(rules.clone()),
            Some(schema @ Value::Bool(true)) => *schema = Value::Object(rules.clone()),
            _ => {}
        }
    }
}
