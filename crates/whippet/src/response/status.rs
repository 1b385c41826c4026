//! Response types whose names state the status, so that a handler's signature shows it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::location;
use crate::Json;

/// 201 Created, with the resource as JSON. `Location` may contain the URL of the resource.
///
/// ```
/// use serde::Serialize;
/// use whippet::response::Created;
///
/// #[derive(Serialize)]
/// struct User { id: u32 }
///
/// async fn create_user() -> Created<User> {
///     Created::at("/users/1", User { id: 1 })
/// }
/// # drop(create_user());
/// ```
#[derive(Debug, Clone)]
pub struct Created<T> {
    location: Option<String>,
    value: T,
}

impl<T> Created<T> {
    /// Creates a response without `Location`, for a resource at the URL of the request (RFC 9110 section 15.3.2).
    pub fn new(value: T) -> Self {
        Self {
            location: None,
            value,
        }
    }

    /// Creates a response with the URL or path of the resource in `Location`.
    pub fn at(location: impl Into<String>, value: T) -> Self {
        Self {
            location: Some(location.into()),
            value,
        }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = match self.location.as_deref().map(location::value).transpose() {
            Ok(location) => location,
            Err(problem) => return problem.into_response(),
        };
        let mut response = with_status(StatusCode::CREATED, self.value);
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// 202 Accepted, with a JSON body: the server will process the request later.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accepted<T>(pub T);

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        with_status(StatusCode::ACCEPTED, self.0)
    }
}

/// Returns a response with this status, and with the value as JSON. If the value cannot be serialized, the response is
/// a 500.
fn with_status<T: Serialize>(status: StatusCode, value: T) -> Response {
    let mut response = Json(value).into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

/// 204 No Content: the request succeeded, and the response has no body.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// Returns a response without a body.
pub(super) fn empty(
    status: StatusCode,
    headers: [(header::HeaderName, HeaderValue); 1],
) -> Response {
    (status, headers).into_response()
}
