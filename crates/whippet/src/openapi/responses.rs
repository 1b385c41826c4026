//! The trait `Responses`: how return types describe themselves in the OpenAPI document.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, Html, Response};
use schemars::JsonSchema;
use serde_json::json;

use super::OperationBuilder;
use crate::layers::StoreResponse;
use crate::problem::types;
use crate::response::{
    Accepted, Cached, Created, ETag, Events, JsonLines, NoContent, Page, PermanentRedirect,
    SeeOther, SetCookie, Sse, TemporaryRedirect,
};
use crate::{Json, Problem};

/// A return type that describes its responses. The OpenAPI document contains the description, and tests check responses
/// against the description.
///
/// ```
/// use whippet::axum::http::{StatusCode, header};
/// use whippet::axum::response::{IntoResponse, Response};
/// use whippet::openapi::{OperationBuilder, Responses};
///
/// /// A picture.
/// struct Png(Vec<u8>);
///
/// impl IntoResponse for Png {
///     fn into_response(self) -> Response {
///         ([(header::CONTENT_TYPE, "image/png")], self.0).into_response()
///     }
/// }
///
/// impl Responses for Png {
///     fn describe(operation: &mut OperationBuilder<'_>) {
///         operation.response_with_schema(StatusCode::OK, "image/png", true.into());
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe its responses",
    label = "does not implement `Responses`",
    note = "derive `schemars::JsonSchema` for a type inside `Json`, `Created` or `Page`; implement `whippet::openapi::Responses` for a custom response type"
)]
pub trait Responses {
    /// Adds the responses of the return type to an operation of the OpenAPI document.
    fn describe(operation: &mut OperationBuilder<'_>);
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const BYTES: &str = "application/octet-stream";

impl<T: JsonSchema> Responses for Json<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.response::<T>(StatusCode::OK, JSON);
    }
}

impl<T: JsonSchema> Responses for Created<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.response::<T>(StatusCode::CREATED, JSON);
        operation.response_header(
            StatusCode::CREATED,
            "Location",
            "The URL of the created resource, if it has one.",
        );
    }
}

impl<T: JsonSchema> Responses for Accepted<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.response::<T>(StatusCode::ACCEPTED, JSON);
    }
}

impl<T: JsonSchema> Responses for Page<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.response::<Self>(StatusCode::OK, JSON);
    }
}

impl<T: Responses> Responses for Cached<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
        operation.response_header(StatusCode::OK, "ETag", "The version of the resource.");
        operation.status(StatusCode::NOT_MODIFIED);
    }
}

impl<T: Responses, E: Responses> Responses for Result<T, E> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
        E::describe(operation);
    }
}

/// A handler that returns a `Problem` may respond 500. The other problems are declared by the arguments of the handler,
/// and by `errors(…)` in its attribute.
impl Responses for Problem {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.problem(&types::INTERNAL);
    }
}

macro_rules! responses {
    ($($type:ty => |$operation:ident| $describe:expr;)*) => {$(
        impl Responses for $type {
            fn describe($operation: &mut OperationBuilder<'_>) {
                $describe;
            }
        }
    )*};
}

responses! {
    () => |operation| operation.status(StatusCode::OK);
    NoContent => |operation| operation.status(StatusCode::NO_CONTENT);
    &'static str => |operation| operation.response_with_schema(StatusCode::OK, TEXT, json!({"type": "string"}));
    String => |operation| operation.response_with_schema(StatusCode::OK, TEXT, json!({"type": "string"}));
    Box<str> => |operation| operation.response_with_schema(StatusCode::OK, TEXT, json!({"type": "string"}));
    Cow<'static, str> => |operation| operation.response_with_schema(StatusCode::OK, TEXT, json!({"type": "string"}));
    Bytes => |operation| operation.response_with_schema(StatusCode::OK, BYTES, true.into());
    Vec<u8> => |operation| operation.response_with_schema(StatusCode::OK, BYTES, true.into());
    &'static [u8] => |operation| operation.response_with_schema(StatusCode::OK, BYTES, true.into());
    Box<[u8]> => |operation| operation.response_with_schema(StatusCode::OK, BYTES, true.into());
    Cow<'static, [u8]> => |operation| operation.response_with_schema(StatusCode::OK, BYTES, true.into());
    Body => |operation| operation.response_with_schema(StatusCode::OK, "*/*", true.into());
    SeeOther => |operation| redirect(operation, StatusCode::SEE_OTHER);
    TemporaryRedirect => |operation| redirect(operation, StatusCode::TEMPORARY_REDIRECT);
    PermanentRedirect => |operation| redirect(operation, StatusCode::PERMANENT_REDIRECT);
    Response => |operation| operation.default_response();
    StatusCode => |operation| operation.default_response();
}

fn redirect(operation: &mut OperationBuilder<'_>, status: StatusCode) {
    operation.status(status);
    operation.response_header(status, "Location", "The URL to which the redirect leads.");
}

impl<T: Events> Responses for Sse<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.event_stream(T::describe);
    }
}

impl<T: JsonSchema> Responses for JsonLines<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.json_lines::<T>();
    }
}

impl<T> Responses for Html<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.response_with_schema(StatusCode::OK, "text/html", json!({"type": "string"}));
    }
}

/// The handler chooses the status at run time, so the document has a response `default`.
impl<T: Responses> Responses for (StatusCode, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
        operation.default_response();
    }
}

impl<T: Responses> Responses for (ETag, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
        operation.header_of_successes("ETag", "The version of the resource.");
    }
}

impl<T: Responses> Responses for (StoreResponse, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }
}

impl<T: Responses> Responses for (SetCookie, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }
}

impl<T: Responses, K, V, const N: usize> Responses for ([(K, V); N], T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }
}

impl<T: Responses, I> Responses for (AppendHeaders<I>, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
    }
}

/// The first element of the tuple may be a status, so the document has a response `default`.
impl<A, B, T: Responses> Responses for (A, B, T) {
    fn describe(operation: &mut OperationBuilder<'_>) {
        T::describe(operation);
        operation.default_response();
    }
}
