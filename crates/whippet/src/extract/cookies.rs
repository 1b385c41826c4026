//! Request cookies as a struct or map.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::Argument;
use super::decode::pairs;
use super::decode::values::Format;
use super::errors::only_valid;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::routing::Reads;
use crate::{FieldError, Problem};

/// Cookies of the request, read into a struct or a map. The names of the struct's fields are the names of the cookies.
/// A map contains all cookies.
///
/// If a cookie is missing or invalid, the response is a 422 with a pointer that contains the cookie's name. If several
/// cookies have the same name, only the first cookie is read. Browsers send the cookie with the longest path first (RFC
/// 6265 section 5.4). To set a cookie, return [`SetCookie`](crate::response::SetCookie).
///
/// ```
/// use serde::Deserialize;
/// use whippet::extract::Cookies;
/// use whippet::{App, routing::get};
///
/// #[derive(Deserialize)]
/// struct Session {
///     #[serde(rename = "__Host-session")]
///     id: Option<String>,
/// }
///
/// async fn whoami(Cookies(session): Cookies<Session>) -> String {
///     session.id.unwrap_or("nobody".to_owned())
/// }
///
/// fn app() -> App {
///     App::new().route("/whoami", get(whoami))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Cookies<T>(pub T);

impl<T: DeserializeOwned> Cookies<T> {
    /// Reads the cookies. Replaces each invalid cookie with a placeholder, and returns an error for each invalid
    /// cookie.
    pub(super) fn read(parts: &Parts) -> Result<(T, Vec<FieldError>), Problem> {
        let cookies = cookies(&parts.headers).map(|(name, value)| (name.into(), value.into()));
        pairs::read(cookies.collect(), Format::Text)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Cookies<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts).and_then(only_valid).map(Cookies)
    }
}

impl<T: JsonSchema> Argument for Cookies<T> {
    const READS: Reads = Reads::Headers(&["cookie"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.parameters::<T>(ParameterLocation::Cookie);
    }
}

/// Splits the header `Cookie` into names and values (RFC 6265 section 4.2.1). Skips a part without `=`, as other
/// servers do.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let pairs = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let quoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        (!name.is_empty()).then_some((name, quoted.unwrap_or(value)))
    })
}
