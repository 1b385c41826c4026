//! Validation: every error at once.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::{Validate, ValidationErrors};

use super::gather::{fitting, refuse};
use super::json::{self, Mended};
use super::names;
use super::rules::broken;
use super::{Cookies, Form, Headers, Json, Path, Query};
use crate::{Context, FieldError, Problem};

/// The inner extractor, with its values checked by their `validator` rules: `Valid<Json<T>>`, and so [`Form`], [`Query`],
/// [`Path`], [`Headers`] and [`Cookies`].
///
/// It refuses with 422 and lists every broken rule, each with a JSON pointer to the member as the client sent it, and every
/// member that does not fit its type.
#[derive(Debug, Clone, Copy, Default)]
pub struct Valid<E>(pub E);

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Json<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let bytes = json::bytes(request, context).await?;
        let (value, mended) = json::read::<T>(&bytes)?;
        let rules = value.validate().err();
        if rules.is_none() && mended.is_none() {
            return Ok(Self(Json(value)));
        }
        Err(refuse_all(rules, mended, &bytes, names::of::<T>()))
    }
}

/// The refusal of JSON by what does not fit its type and by the rules.
fn refuse_all(
    rules: Option<ValidationErrors>,
    mended: Option<Mended>,
    bytes: &[u8],
    names: &[&str],
) -> Problem {
    let (mut errors, text) = match mended {
        Some(mended) => (mended.errors, Cow::Owned(mended.text)),
        None => (Vec::new(), Cow::Borrowed(bytes)),
    };
    if let Some(rules) = rules {
        let mut sent: Value = serde_json::from_slice(&text).unwrap_or_default();
        // What is missing has a name too.
        if let Value::Object(members) = &mut sent {
            for name in names {
                members.entry(*name).or_insert(Value::Null);
            }
        }
        let broken = broken(&rules, &sent, &errors);
        errors.extend(broken);
    }
    refuse(errors)
}

impl<T: DeserializeOwned + Validate> FromRequest<Context> for Valid<Form<T>> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let (value, misfits) = Form::read(request, context).await?;
        check(value, misfits).map(|value| Self(Form(value)))
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
                let (value, misfits) = $extractor::read(parts)?;
                check(value, misfits).map(|value| Self($extractor(value)))
            }
        }
    )*};
}

pairs! { Query Headers Cookies }

fn check<T: DeserializeOwned + Validate>(
    value: T,
    mut misfits: Vec<FieldError>,
) -> Result<T, Problem> {
    if let Err(rules) = value.validate() {
        misfits.extend(broken_of(&rules, names::of::<T>(), &misfits));
    }
    fitting((value, misfits))
}

/// The members of these are texts by their names, so that the names are all that there is to point at.
fn broken_of(rules: &ValidationErrors, names: &[&str], misfits: &[FieldError]) -> Vec<FieldError> {
    let mut named = Map::new();
    named.extend(names.iter().map(|name| ((*name).to_owned(), Value::Null)));
    broken(rules, &Value::Object(named), misfits)
}
