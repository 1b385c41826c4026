//! JSON in and out.

use axum::body::Bytes;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::body;
use super::pointer::pointer_at;
use crate::problem::types;
use crate::{Context, FieldError, Problem};

/// A JSON body: of the request as an argument, of the response as a result.
///
/// It refuses a content type other than JSON with 415, text that is not JSON with 400, a body over the limit with 413, and
/// JSON that does not fit `T` with 422 and a pointer to the member. Wrap it in [`Valid`](crate::Valid) to check the
/// values too. `Option<Json<T>>` is `None` for a request without a body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Context> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        parse(&bytes(request, context).await?).map(Json)
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<Context> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Option<Self>, Problem> {
        let Some((headers, bytes)) = body::read_optional(request, context).await? else {
            return Ok(None);
        };
        require_json(&headers)?;
        parse(&bytes).map(|value| Some(Self(value)))
    }
}

/// The body of a request that says it is JSON.
pub(super) async fn bytes(request: Request, context: &Context) -> Result<Bytes, Problem> {
    require_json(request.headers())?;
    body::read(request, context).await
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    if body::is_json(headers) {
        return Ok(());
    }
    Err(types::UNSUPPORTED_MEDIA_TYPE
        .because("the body must be JSON, with `Content-Type: application/json`"))
}

/// Reads the whole text as one `T`.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| refuse(bytes, &error))
}

fn refuse(bytes: &[u8], error: &serde_json::Error) -> Problem {
    // The text behind a member that does not fit has not been read: it may be no JSON at all.
    let rest = serde_json::from_slice::<IgnoredAny>(bytes).err();
    let malformed = if error.is_data() {
        rest.as_ref()
    } else {
        Some(error)
    };
    if let Some(error) = malformed {
        return types::MALFORMED_JSON.because(format!("the body is not JSON: {error}"));
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let pointer = pointer_at(bytes, before + error.column());
    Problem::invalid(vec![FieldError::new(pointer, "type", error.to_string())])
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let content_type = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, content_type)], body).into_response()
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}
