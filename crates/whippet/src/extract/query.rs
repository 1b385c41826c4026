//! The query string.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::pointer::pointer;
use crate::{FieldError, Problem};

/// The parameters of the query string, read into a struct; a repeated key fills a list. Unknown keys are ignored.
///
/// A value that does not fit is refused with 422. Wrap it in [`Valid`](crate::Valid) to check the values too.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        parse(query.as_bytes()).map(Query)
    }
}

/// Reads pairs of names and values, percent-encoded as forms are.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let deserializer = serde_html_form::Deserializer::from_bytes(text);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let message = error.into_inner().to_string();
        Problem::invalid(vec![FieldError::new(pointer, "type", message)])
    })
}
