//! What an extractor tells of itself.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, Method, Uri, Version};

use super::{Json, Path, Query, Valid};
use crate::routing::Reads;
use crate::{Clock, Config, Context, Db, Fetch, Random, RequestId, Tasks};

/// An extractor that says what it reads of a request.
///
/// Any other extractor works as well: it counts as one that reads every header.
///
/// ```
/// use whippet::axum::extract::FromRequestParts;
/// use whippet::axum::http::request::Parts;
/// use whippet::extract::Argument;
/// use whippet::routing::Reads;
/// use whippet::{Context, Problem};
///
/// struct Tenant(String);
///
/// impl FromRequestParts<Context> for Tenant {
///     type Rejection = Problem;
///
///     async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
///         let name = parts.headers.get("x-tenant").and_then(|value| value.to_str().ok());
///         name.map(|name| Self(name.to_owned())).ok_or_else(|| Problem::bad_request("X-Tenant is missing"))
///     }
/// }
///
/// impl Argument for Tenant {
///     const READS: Reads = Reads::Headers(&["x-tenant"]);
/// }
/// ```
pub trait Argument {
    /// The headers that it reads.
    const READS: Reads;
}

impl<T> Argument for Json<T> {
    const READS: Reads = Reads::Headers(&["content-length", "content-type"]);
}

impl<E: Argument> Argument for Valid<E> {
    const READS: Reads = E::READS;
}

impl<T: Argument> Argument for Option<T> {
    const READS: Reads = T::READS;
}

impl<T: Argument, R> Argument for Result<T, R> {
    const READS: Reads = T::READS;
}

impl<T> Argument for Path<T> {
    const READS: Reads = Reads::Nothing;
}

impl<T> Argument for Query<T> {
    const READS: Reads = Reads::Nothing;
}

macro_rules! arguments {
    ($reads:expr; $($type:ty),* $(,)?) => {$(
        impl Argument for $type {
            const READS: Reads = $reads;
        }
    )*};
}

arguments! { Reads::Nothing;
    Db, Fetch, Clock, Random, Config, RequestId, Tasks, State<Context>,
    RawQuery, Method, Uri, Version, Bytes, String, Body,
}

arguments! { Reads::Everything; HeaderMap, Request }
