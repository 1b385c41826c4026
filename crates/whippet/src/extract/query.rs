//! The query string.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::decode::pairs;
use super::decode::values::Format;
use super::errors::only_valid;
use crate::{FieldError, Problem};

/// The parameters of the query string, read into a struct. The values of a repeated key are read into a list; unknown
/// keys are ignored.
///
/// The items of a list `tag` may also have the keys `tag[]` or `tag[0]`. The items are read in the order in which they
/// are sent, whatever their index. A key with any other text in brackets after the name of a field is rejected with
/// 422.
///
/// Values are read as in a [`Form`](struct@crate::extract::Form). An invalid value is rejected with 422. Wrap the extractor in
/// [`Valid`](crate::Valid) to also check the validation rules of `T`.
///
/// ```
/// use serde::Deserialize;
/// use whippet::extract::Query;
/// use whippet::{App, routing::get};
///
/// #[derive(Deserialize)]
/// struct Search { text: String, #[serde(default)] tag: Vec<String> }
///
/// async fn search(Query(search): Query<Search>) -> String {
///     format!("{} in {} tags", search.text, search.tag.len())
/// }
///
/// fn app() -> App {
///     App::new().route("/search", get(search)) // /search?text=whippet&tag=dogs&tag=fast
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> Query<T> {
    /// Reads the parameters. Replaces each invalid parameter with a placeholder, and returns an error for each invalid
    /// parameter.
    pub(super) fn read(parts: &Parts) -> Result<(T, Vec<FieldError>), Problem> {
        read(parts.uri.query().unwrap_or_default().as_bytes())
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::read(parts).and_then(only_valid).map(Query)
    }
}

/// Reads pairs of names and values in the encoding of `application/x-www-form-urlencoded`.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<(T, Vec<FieldError>), Problem> {
    pairs::read(form_urlencoded::parse(text).collect(), Format::Form)
}
