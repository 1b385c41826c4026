//! Validation: every error at once.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::{Validate, ValidationErrors};

use super::gather::refuse;
use super::json::{self, Mended};
use super::names;
use super::rules::broken;
use super::{Cookies, Form, Headers, Json, Path, Query};
use crate::{Context, Problem};

/// The inner extractor, with its values checked by their `validator` rules: `Valid<Json<T>>`, and so [`Form`], [`Query`],
/// [`Path`], [`Headers`] and [`Cookies`].
///
/// It refuses with 422 and lists every broken rule, each with a JSON pointer to the member as the client sent it, and every
/// member of a JSON body that does not fit its type.
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
    Err(refuse(broken(&errors, &Value::Object(named), &[])))
}
