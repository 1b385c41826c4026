//! Validation: every error at once.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::json;
use super::pointer::push_token;
use super::{Json, Query};
use crate::{Context, FieldError, Problem};

/// The inner extractor, with its values checked by their `validator` rules: `Valid<Json<T>>`, `Valid<Query<T>>`.
///
/// It refuses with 422 and lists every broken rule, each with a JSON pointer to the member as the client sent it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Valid<E>(pub E);

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Json<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let bytes = json::bytes(request, context).await?;
        let value: T = json::parse(&bytes)?;
        match value.validate() {
            Ok(()) => Ok(Self(Json(value))),
            Err(errors) => Err(refuse(
                &errors,
                &serde_json::from_slice(&bytes).unwrap_or_default(),
            )),
        }
    }
}

impl<T: DeserializeOwned + Validate, S: Send + Sync> FromRequestParts<S> for Valid<Query<T>> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(value): Query<T> = Query::from_request_parts(parts, state).await?;
        value
            .validate()
            .map_err(|errors| refuse(&errors, &Value::Null))?;
        Ok(Self(Query(value)))
    }
}

fn refuse(errors: &ValidationErrors, sent: &Value) -> Problem {
    let mut list = Vec::new();
    collect(errors, sent, &mut String::new(), &mut list);
    list.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Problem::invalid(list)
}

fn collect(
    errors: &ValidationErrors,
    sent: &Value,
    pointer: &mut String,
    list: &mut Vec<FieldError>,
) {
    for (field, kind) in errors.errors() {
        let name = name_sent(field, sent);
        let length = pointer.len();
        // `validator` files the errors of a rule on the whole struct under this name.
        if field != "__all__" {
            push_token(pointer, name);
        }
        let member = sent.get(name).unwrap_or(&Value::Null);
        match kind {
            ValidationErrorsKind::Field(errors) => {
                list.extend(errors.iter().map(|error| describe(pointer, error)))
            }
            ValidationErrorsKind::Struct(errors) => collect(errors, member, pointer, list),
            ValidationErrorsKind::List(items) => {
                for (index, errors) in items {
                    let length = pointer.len();
                    push_token(pointer, &index.to_string());
                    collect(
                        errors,
                        member.get(index).unwrap_or(&Value::Null),
                        pointer,
                        list,
                    );
                    pointer.truncate(length);
                }
            }
        }
        pointer.truncate(length);
    }
}

/// The member's name as the client wrote it: `validator` knows the Rust field, the client the name that serde gives it,
/// and they differ by case and underscores only.
fn name_sent<'a>(field: &'a str, sent: &'a Value) -> &'a str {
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let Some(members) = sent.as_object() else {
        return field;
    };
    if members.contains_key(field) {
        return field;
    }
    members
        .keys()
        .find(|name| plain(name) == plain(field))
        .map_or(field, String::as_str)
}

fn describe(pointer: &str, error: &ValidationError) -> FieldError {
    let limit = |name: &str| error.params.get(name).filter(|value| !value.is_null());
    let message = match (&error.message, &*error.code) {
        (Some(message), _) => message.clone(),
        (None, code @ ("length" | "range")) => {
            let what = if code == "length" {
                "the length must be"
            } else {
                "must be"
            };
            match (limit("equal"), limit("min"), limit("max")) {
                (Some(equal), ..) => format!("{what} {equal}").into(),
                (_, Some(min), Some(max)) => format!("{what} from {min} to {max}").into(),
                (_, Some(min), None) => format!("{what} at least {min}").into(),
                (_, None, Some(max)) => format!("{what} at most {max}").into(),
                _ => Cow::Borrowed("is out of bounds"),
            }
        }
        (None, "email") => Cow::Borrowed("must be an email address"),
        (None, "url") => Cow::Borrowed("must be an absolute URL"),
        (None, "required") => Cow::Borrowed("is required"),
        (None, code) => format!("breaks the rule {code:?}").into(),
    };
    let mut described = FieldError::new(pointer, error.code.clone(), message);
    // The value itself stays out: the client knows it, and it may be a secret.
    let params = error.params.iter().filter(|(name, _)| *name != "value");
    described.params = params
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    described
}
