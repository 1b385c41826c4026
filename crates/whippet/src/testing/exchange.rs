//! A request and its response.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};

use super::TestResponse;

/// A request and its response. A check gets both: see [`TestAppBuilder::check`](super::TestAppBuilder::check).
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path and the query.
    pub uri: &'a Uri,
    /// The headers of the request.
    pub headers: &'a HeaderMap,
    /// The body of the request.
    pub body: &'a Bytes,
    /// The response.
    pub response: &'a TestResponse,
}

/// A function that checks an exchange, and returns an error message if the check fails.
pub(crate) type Check = Box<dyn Fn(&Exchange<'_>) -> Result<(), String> + Send + Sync>;
