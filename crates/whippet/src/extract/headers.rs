//! Request headers as a struct.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::Argument;
use super::decode::pairs;
use super::decode::values::Format;
use super::errors::only_valid;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::routing::Reads;
use crate::{FieldError, Problem};

/// Headers of the request, read into a struct. The names of the struct's fields are the names of the headers, in lower
/// case.
///
/// A field that is a list gets all values of a header, whether the values are in several header lines or separated by
/// commas. If a header is missing or invalid, the response is a 422 with a pointer that contains the header's name. Use
/// axum's `HeaderMap` to read all headers.
///
/// ```
/// use serde::Deserialize;
/// use whippet::extract::Headers;
/// use whippet::{App, routing::get};
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "kebab-case")]
/// struct CallHeaders {
///     x_tenant: String,
///     #[serde(default)]
///     x_tags: Vec<String>,
///     x_depth: Option<u8>,
/// }
///
/// async fn call(Headers(headers): Headers<CallHeaders>) -> String {
///     headers.x_tenant
/// }
///
/// fn app() -> App {
///     App::new().route("/call", get(call))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<T>(pub T);

impl<T: DeserializeOwned> Headers<T> {
    /// Reads the headers. Replaces each invalid header with a placeholder, and returns an error for each invalid
    /// header.
    pub(super) fn read(parts: &Parts) -> Result<(T, Vec<FieldError>), Problem> {
        let headers = parts.headers.iter();
        let pairs = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().into(), value)
        });
        pairs::read(pairs.collect(), Format::Header)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Headers<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts).and_then(only_valid).map(Headers)
    }
}

impl<T: JsonSchema> Argument for Headers<T> {
    const READS: Reads = Reads::Everything;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.parameters::<T>(ParameterLocation::Header);
    }
}
