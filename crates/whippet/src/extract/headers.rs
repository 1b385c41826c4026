//! Typed headers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::Argument;
use super::fields::Kind;
use super::gather::fitting;
use super::pairs;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::routing::Reads;
use crate::{FieldError, Problem};

/// Headers of the request, read into a struct whose members are named as they are, in lower case.
///
/// A list takes all values of a header, whether it is repeated or has commas. A header that is missing or does not fit is
/// refused with 422 and its name. For headers of any name there is axum's `HeaderMap`.
///
/// ```
/// use serde::Deserialize;
/// use whippet::extract::Headers;
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
/// # let _ = call;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<T>(pub T);

impl<T: DeserializeOwned> Headers<T> {
    /// The headers, with stand-ins for those that do not fit, and what is wrong with those.
    pub(super) fn read(parts: &Parts) -> Result<(T, Vec<FieldError>), Problem> {
        let headers = parts.headers.iter();
        let pairs = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().into(), value)
        });
        pairs::read(pairs.collect(), Kind::Header)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Headers<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts).and_then(fitting).map(Headers)
    }
}

impl<T: JsonSchema> Argument for Headers<T> {
    const READS: Reads = Reads::Everything;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.parameters::<T>(ParameterLocation::Header);
    }
}
