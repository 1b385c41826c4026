//! The query string.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::gather::{fitting, misfit};
use super::pairs::{self, Pair};
use super::pointer::pointer;
use crate::{FieldError, Problem};

/// The parameters of the query string, read into a struct; a repeated key fills a list. Unknown keys are ignored.
///
/// A value that does not fit is refused with 422. Wrap it in [`Valid`](crate::Valid) to check the values too.
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
    let first = match typed(text) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(first) => first,
    };
    let pairs: Vec<Pair> = serde_html_form::from_bytes(text).unwrap_or_default();
    pairs::mend(pairs, first, |pairs| typed(written(pairs).as_bytes()))
}

fn typed<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    let deserializer = serde_html_form::Deserializer::from_bytes(text);
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| misfit(pointer(error.path()), &error.inner().to_string()))
}

fn written(pairs: &[Pair]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        for (part, end) in [(name, '='), (value, '&')] {
            text.extend(percent_encoding::utf8_percent_encode(
                part,
                percent_encoding::NON_ALPHANUMERIC,
            ));
            text.push(end);
        }
    }
    text
}
