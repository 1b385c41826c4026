//! The trait `Argument`, with which an extractor describes itself in the OpenAPI document.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, Method, Uri, Version};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Json, Path, Query, Valid, path_shape};
use crate::context::States;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::problem::types;
use crate::routing::{Around, Reads};
use crate::{Clock, Config, Context, Db, Fetch, Random, RequestId, Tasks};

/// An extractor that declares which headers it reads, and describes itself in the OpenAPI document.
///
/// A handler can also take an extractor that does not implement `Argument`. The host then reads every header of each
/// request to the handler, and the OpenAPI document does not contain the parameters of the extractor.
///
/// ```
/// use serde_json::json;
/// use whippet::axum::extract::FromRequestParts;
/// use whippet::axum::http::request::Parts;
/// use whippet::extract::Argument;
/// use whippet::openapi::{OperationBuilder, ParameterLocation};
/// use whippet::problem::types::BAD_REQUEST;
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
///
///     fn describe(operation: &mut OperationBuilder<'_>) {
///         let schema = json!({"type": "string", "description": "The tenant of the request."});
///         operation.parameter(ParameterLocation::Header, "X-Tenant", schema, true);
///         operation.problem(&BAD_REQUEST);
///     }
/// }
/// ```
pub trait Argument {
    /// The headers that the extractor reads: every header by default. A route whose arguments read few headers costs
    /// less on Workers and Spin.
    const READS: Reads = Reads::Everything;

    /// Whether the extractor checks the scopes of the operation: see [`RequiredScopes`](super::RequiredScopes).
    const CHECKS_SCOPES: bool = false;

    /// The functions that run around every operation with this extractor. These functions start before any argument is
    /// read.
    #[doc(hidden)]
    const AROUND: Around = Around::Nothing;

    /// Adds the extractor's parameters, body and rejections to an operation of the OpenAPI document. The default
    /// implementation adds nothing.
    fn describe(operation: &mut OperationBuilder<'_>) {
        let _ = operation;
    }

    /// Checks that an app has what the extractor needs. The error states what to change. Only native programs
    /// run this check, when they start.
    #[doc(hidden)]
    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        let _ = app;
        Ok(())
    }
}

/// The parts of an app that `Argument::check` compares with the needs of an argument.
#[derive(Debug)]
pub struct ArgumentCheck<'a> {
    /// The names of the parameters in the path of the operation.
    pub(crate) path_names: &'a [&'a str],
    pub(crate) states: &'a States,
    /// The maximum size of a request body, in bytes.
    pub(crate) body_limit: usize,
}

impl<T: JsonSchema> Argument for Json<T> {
    const READS: Reads = Reads::Headers(&["content-type"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.body::<T>("application/json");
        for kind in [
            types::MALFORMED_JSON,
            types::PAYLOAD_TOO_LARGE,
            types::REQUEST_TIMEOUT,
            types::UNSUPPORTED_MEDIA_TYPE,
            types::VALIDATION,
        ] {
            operation.problem(&kind);
        }
    }
}

impl<E: Argument> Argument for Valid<E> {
    const READS: Reads = E::READS;
    const CHECKS_SCOPES: bool = E::CHECKS_SCOPES;

    fn describe(operation: &mut OperationBuilder<'_>) {
        E::describe(operation);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        E::check(app)
    }
}

/// A request may omit the parameters and the body of an optional argument.
impl<T: Argument> Argument for Option<T> {
    const READS: Reads = T::READS;
    const CHECKS_SCOPES: bool = T::CHECKS_SCOPES;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.optional(T::describe);
    }
}

/// A handler that takes a `Result` can accept a request that `T` rejects, so the parameters and the body are optional.
impl<T: Argument, R> Argument for Result<T, R> {
    const READS: Reads = T::READS;
    const AROUND: Around = T::AROUND;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.optional(T::describe);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        T::check(app)
    }
}

impl<T: DeserializeOwned + JsonSchema> Argument for Path<T> {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.parameters::<T>(ParameterLocation::Path);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        path_shape::check::<T>(app.path_names)
    }
}

impl<T: JsonSchema> Argument for Query<T> {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.parameters::<T>(ParameterLocation::Query);
    }
}

/// Describes the 503 that a handler with a `Db` may return while the database is busy.
impl Argument for Db {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.problem(&types::UNAVAILABLE);
    }
}

macro_rules! arguments {
    ($reads:expr; $($type:ty),* $(,)?) => {$(
        impl Argument for $type {
            const READS: Reads = $reads;
        }
    )*};
}

arguments! { Reads::Nothing;
    Fetch, Clock, Random, Config, Context, RequestId, Tasks, State<Context>,
    RawQuery, Method, Uri, Version,
}

arguments! { Reads::Everything; HeaderMap, Request }

/// Describes an optional body of any media type, and the problems that the extractor may return.
macro_rules! bodies {
    ($($type:ty = $schema:expr, [$($problem:ident),*];)*) => {$(
        impl Argument for $type {
            const READS: Reads = Reads::Nothing;

            fn describe(operation: &mut OperationBuilder<'_>) {
                operation.optional(|operation| operation.body_with_schema("*/*", $schema));
                $(operation.problem(&types::$problem);)*
            }
        }
    )*};
}

bodies! {
    Bytes = json!(true), [BAD_REQUEST, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT];
    String = json!({"type": "string"}), [BAD_REQUEST, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT];
    Body = json!(true), [];
}
