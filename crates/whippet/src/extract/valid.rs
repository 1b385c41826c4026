//! Validation, which reports all errors in one response.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::{Validate, ValidationErrors};

use super::decode::field_names;
use super::errors::{broken_rules, only_valid, rejection};
use super::json::{self, Corrected};
use super::{Cookies, Form, Headers, Json, Path, Query};
use crate::{Context, FieldError, Problem};

/// An extractor that checks the value of a [`Json`], [`Form`](struct@Form), [`Query`], [`Path`], [`Headers`] or [`Cookies`] against
/// the `validator` rules of the value's type.
///
/// Responds 422 to a request with invalid values. The response lists every broken rule and every value of the wrong
/// type, each with a JSON pointer. The pointer contains the name of the field in the request.
///
/// ```
/// use serde::Deserialize;
/// use validator::Validate;
/// use whippet::{App, Json, NoContent, Valid, routing::post};
///
/// #[derive(Deserialize, Validate)]
/// struct NewUser {
///     #[validate(email)]
///     email: String,
///     #[validate(range(min = 18))]
///     age: u8,
/// }
///
/// async fn create_user(Valid(Json(new)): Valid<Json<NewUser>>) -> NoContent {
///     tracing::info!(new.email, new.age, "a new user");
///     NoContent
/// }
///
/// fn app() -> App {
///     App::new().route("/users", post(create_user))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Valid<E>(pub E);

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Json<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        Self::parse(&json::bytes(request, context).await?)
    }
}

impl<T: DeserializeOwned + Validate> Valid<Json<T>> {
    /// Checks a JSON text in the same way as the body of a request. Call this function if a value has arrived in another
    /// way, for example as an argument of a GraphQL mutation.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use validator::Validate;
    /// use whippet::{Json, Valid};
    ///
    /// #[derive(Deserialize, Validate)]
    /// struct NewNote {
    ///     #[validate(length(min = 1))]
    ///     text: String,
    /// }
    ///
    /// assert!(Valid::<Json<NewNote>>::parse(br#"{"text": "tea"}"#).is_ok());
    /// let problem = Valid::<Json<NewNote>>::parse(br#"{"text": ""}"#).err();
    /// assert!(problem.unwrap().to_string().contains("/text the length must be at least 1"));
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a 400 problem for text that is not JSON, and a 422 problem with the errors of all fields for invalid
    /// values.
    pub fn parse(text: &[u8]) -> Result<Self, Problem> {
        let (value, corrected) = json::read::<T>(text)?;
        let rules = value.validate().err();
        if rules.is_none() && corrected.is_none() {
            return Ok(Self(Json(value)));
        }
        Err(reject_json(rules, corrected, text, field_names::of::<T>()))
    }
}

/// Creates the problem for a JSON body with invalid values, broken rules, or both.
fn reject_json(
    rules: Option<ValidationErrors>,
    corrected: Option<Corrected>,
    bytes: &[u8],
    names: &[&str],
) -> Problem {
    let (mut errors, text) = match corrected {
        Some(corrected) => (corrected.errors, Cow::Owned(corrected.text)),
        None => (Vec::new(), Cow::Borrowed(bytes)),
    };
    if let Some(rules) = rules {
        let mut sent: Value = serde_json::from_slice(&text).unwrap_or_default();
        // `broken_rules` finds the client's name for a field among the names in `sent`. The client may have omitted
        // fields, so the missing fields are added to `sent` as `null`.
        if let Value::Object(fields) = &mut sent {
            for name in names {
                fields.entry(*name).or_insert(Value::Null);
            }
        }
        let broken = broken_rules(&rules, &sent, &errors);
        errors.extend(broken);
    }
    rejection(errors)
}

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Form<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let (value, errors) = Form::read(request, context).await?;
        check(value, errors).map(|value| Self(Form(value)))
    }
}

impl<T: DeserializeOwned + Validate + Send, S: Send + Sync + 'static> FromRequestParts<S>
    for Valid<Path<T>>
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(value) = Path::from_request_parts(parts, state).await?;
        check(value, Vec::new()).map(|value| Self(Path(value)))
    }
}

macro_rules! pairs {
    ($($extractor:ident)*) => {$(
        impl<T: DeserializeOwned + Validate, S: Send + Sync> FromRequestParts<S> for Valid<$extractor<T>> {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                let (value, errors) = $extractor::read(parts)?;
                check(value, errors).map(|value| Self($extractor(value)))
            }
        }
    )*};
}

pairs! { Query Headers Cookies }

fn check<T: DeserializeOwned + Validate>(value: T, errors: Vec<FieldError>) -> Result<T, Problem> {
    check_with(value, errors, T::validate)
}

/// Adds every broken rule that `check` finds to `errors`. Returns the value if `errors` is then empty.
pub(super) fn check_with<T: DeserializeOwned>(
    value: T,
    mut errors: Vec<FieldError>,
    check: impl FnOnce(&T) -> Result<(), ValidationErrors>,
) -> Result<T, Problem> {
    if let Err(rules) = check(&value) {
        errors.extend(broken_of(&rules, field_names::of::<T>(), &errors));
    }
    only_valid((value, errors))
}

/// Returns the broken rules of a struct. The struct has no nested values, so the JSON pointer for each rule is the name
/// of a field.
fn broken_of(rules: &ValidationErrors, names: &[&str], invalid: &[FieldError]) -> Vec<FieldError> {
    let mut named = Map::new();
    named.extend(names.iter().map(|name| ((*name).to_owned(), Value::Null)));
    broken_rules(rules, &Value::Object(named), invalid)
}
