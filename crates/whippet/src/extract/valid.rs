//! Validation: every error at once.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::json;
use super::names;
use super::pointer::push_token;
use super::{Cookies, Form, Headers, Json, Path, Query};
use crate::{Context, FieldError, Problem};

/// The inner extractor, with its values checked by their `validator` rules: `Valid<Json<T>>`, and so [`Form`], [`Query`],
/// [`Path`], [`Headers`] and [`Cookies`].
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
            Err(errors) => {
                let mut sent: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                // What is missing has a name too.
                if let Value::Object(members) = &mut sent {
                    for name in names::of::<T>() {
                        members.entry(*name).or_insert(Value::Null);
                    }
                }
                Err(refuse(&errors, &sent))
            }
        }
    }
}

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Form<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let Form(value): Form<T> = Form::from_request(request, context).await?;
        check(&value)?;
        Ok(Self(Form(value)))
    }
}

macro_rules! parts {
    ($($extractor:ident)*) => {$(
        impl<T: DeserializeOwned + Validate + Send, S: Send + Sync> FromRequestParts<S> for Valid<$extractor<T>> {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                let $extractor(value): $extractor<T> = $extractor::from_request_parts(parts, state).await?;
                check(&value)?;
                Ok(Self($extractor(value)))
            }
        }
    )*};
}

parts! { Query Path Headers Cookies }

/// The members of these are texts by their names, so that the names are all that there is to point at.
fn check<T: DeserializeOwned + Validate>(value: &T) -> Result<(), Problem> {
    let Err(errors) = value.validate() else {
        return Ok(());
    };
    let names = names::of::<T>().iter();
    let named: Map<_, _> = names
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    Err(refuse(&errors, &Value::Object(named)))
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
        let name = name_sent(field, kind, sent);
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

/// The member's name as the client wrote it: `validator` knows the Rust field, the client the name that serde gives it. They
/// differ by case and underscores, or else the member is the one that holds what was refused.
fn name_sent<'a>(field: &'a str, kind: &ValidationErrorsKind, sent: &'a Value) -> &'a str {
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let Some(members) = sent.as_object() else {
        return field;
    };
    if members.contains_key(field) {
        return field;
    }
    if let Some(name) = members.keys().find(|name| plain(name) == plain(field)) {
        return name;
    }
    let holds = |value: &Value| match kind {
        ValidationErrorsKind::Field(errors) => errors
            .iter()
            .any(|error| error.params.get("value") == Some(value)),
        ValidationErrorsKind::Struct(_) => value.is_object(),
        ValidationErrorsKind::List(_) => value.is_array() || value.is_object(),
    };
    let mut holders = members.iter().filter(|(_, value)| holds(value));
    match (holders.next(), holders.next()) {
        (Some((name, _)), None) => name,
        _ => field,
    }
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
