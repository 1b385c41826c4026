//! URL-encoded forms.

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::decode::body;
use super::errors::only_valid;
use super::{Argument, query};
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::Reads;
use crate::{Context, FieldError, Problem};

/// A form: a body with the content type `application/x-www-form-urlencoded`, read into a struct. The values of a
/// repeated key are read into a list.
///
/// The extractor accepts the values that browsers send. `on` is read as `true` for a `bool`. An empty value is read as
/// `None` for an `Option` of a number or of a `bool`.
///
/// Responds 415 to a content type other than `application/x-www-form-urlencoded`, 413 to a body over the size limit,
/// and 422 to invalid values. The 422 contains a pointer to every invalid field. Wrap the extractor in
/// [`Valid`](crate::Valid) to also check the validation rules of `T`. `Option<Form<T>>` is `None` for a request without
/// a body.
///
/// ```
/// use serde::Deserialize;
/// use whippet::extract::Form;
/// use whippet::{App, routing::post};
///
/// #[derive(Deserialize)]
/// struct Subscription { email: String, #[serde(default)] topics: Vec<String>, weekly: Option<bool> }
///
/// async fn subscribe(Form(new): Form<Subscription>) -> String {
///     format!("{} is subscribed to {} topics", new.email, new.topics.len())
/// }
///
/// fn app() -> App {
///     App::new().route("/subscriptions", post(subscribe))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> Form<T> {
    /// Reads the fields. Replaces each invalid field with a placeholder, and returns an error for each invalid field.
    pub(super) async fn read(
        request: Request,
        context: &Context,
    ) -> Result<(T, Vec<FieldError>), Problem> {
        require_form(request.headers())?;
        query::read(&body::read(request, context).await?)
    }
}

impl<T: DeserializeOwned> FromRequest<Context> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        Self::read(request, context)
            .await
            .and_then(only_valid)
            .map(Form)
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<Context> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Option<Self>, Problem> {
        let Some((headers, bytes)) = body::read_optional(request, context).await? else {
            return Ok(None);
        };
        require_form(&headers)?;
        query::read(&bytes)
            .and_then(only_valid)
            .map(|value| Some(Self(value)))
    }
}

impl<T: JsonSchema> Argument for Form<T> {
    const READS: Reads = Reads::Headers(&["content-type"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.body::<T>("application/x-www-form-urlencoded");
        for kind in [
            types::BAD_REQUEST,
            types::PAYLOAD_TOO_LARGE,
            types::REQUEST_TIMEOUT,
            types::UNSUPPORTED_MEDIA_TYPE,
            types::VALIDATION,
        ] {
            operation.problem(&kind);
        }
    }
}

fn require_form(headers: &HeaderMap) -> Result<(), Problem> {
    if body::media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(types::UNSUPPORTED_MEDIA_TYPE.with_detail(
        "the body must be a form, with `Content-Type: application/x-www-form-urlencoded`",
    ))
}
