//! The query string.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::fields::Kind;
use super::gather::fitting;
use super::pairs;
use crate::{FieldError, Problem};

/// The parameters of the query string, read into a struct; a repeated key fills a list. Unknown keys are ignored.
///
/// `on` and empty texts are what they are in a [`Form`](crate::extract::Form). A value that does not fit is refused with 422. Wrap it in [`Valid`](crate::Valid) to check the values too.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> Query<T> {
    /// The parameters, with stand-ins for those that do not fit, and what is wrong with those.
    pub(super) fn read(parts: &Parts) -> Result<(T, Vec<FieldError>), Problem> {
        read(parts.uri.query().unwrap_or_default().as_bytes())
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::read(parts).and_then(fitting).map(Query)
    }
}

/// Reads pairs of names and values, percent-encoded as forms are.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<(T, Vec<FieldError>), Problem> {
    pairs::read(form_urlencoded::parse(text).collect(), Kind::Form)
}
