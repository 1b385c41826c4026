//! A request and its answer.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};

use super::TestResponse;

/// A request and what the app answered: what a check is given ([`TestAppBuilder::check`](super::TestAppBuilder::check)).
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path with its query.
    pub uri: &'a Uri,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The request's body.
    pub body: &'a Bytes,
    /// The answer.
    pub answer: &'a TestResponse,
}

/// Says what is wrong with an exchange.
pub(crate) type Check = Box<dyn Fn(&Exchange<'_>) -> Result<(), String> + Send + Sync>;
