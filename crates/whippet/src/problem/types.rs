//! The problem types of Whippet.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::{Extension, Problem};

/// The declaration of a problem type: its status, name, title and description.
///
/// ```
/// use whippet::axum::http::StatusCode;
/// use whippet::{Json, Path, Problem, ProblemType, get};
///
/// const GONE_FISHING: ProblemType = ProblemType {
///     status: StatusCode::SERVICE_UNAVAILABLE,
///     name: "gone_fishing",
///     title: "Gone fishing",
///     doc: "Nobody is there. Retry tomorrow.",
///     extensions: &[],
/// };
///
/// /// Call somebody.
/// #[get("/call/{name}", errors(GONE_FISHING))]
/// async fn call(Path(name): Path<String>) -> Result<Json<String>, Problem> {
///     Err(GONE_FISHING.with_detail(format!("{name} is at the lake")))
/// }
/// # drop(call(Path(String::new())));
/// ```
///
/// The OpenAPI document lists the problem types of each operation. The field `type` of a problem is the URL
/// `/problems/<name>`, at which clients can read the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// The status of the response.
    pub status: StatusCode,
    /// The machine-readable name of the problem type. The field `code` contains the name, and the field `type` contains
    /// the URL `/problems/<name>`.
    pub name: &'static str,
    /// The human-readable name of the problem type.
    pub title: &'static str,
    /// The description: what the problem means, and how to fix it.
    pub doc: &'static str,
    /// The additional fields of every problem of this type. Every [`Problem`] also has the standard fields.
    pub extensions: &'static [Extension],
}

impl ProblemType {
    /// Creates a problem of this type. `detail` states what went wrong in this request, and how to fix the problem.
    pub fn with_detail(&self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::of(self, detail)
    }

    /// Returns whether the problems of this type have the field `errors`.
    pub(crate) fn has_errors(&self) -> bool {
        self.extensions.contains(&Extension::ERRORS)
    }
}

macro_rules! types {
    ($($(#[doc = $doc:literal])+ $constant:ident = $status:ident $name:literal $title:literal $(with $($extension:path),+)?;)*) => {$(
        $(#[doc = $doc])+
        pub const $constant: ProblemType = ProblemType {
            status: StatusCode::$status,
            name: $name,
            title: $title,
            doc: concat!($($doc),+).trim_ascii(),
            extensions: &[$($($extension),+)?],
        };
    )*};
}

types! {
    /// The request is malformed. `detail` states which part is malformed.
    BAD_REQUEST = BAD_REQUEST "bad_request" "Bad Request";
    /// The body is not valid JSON.
    MALFORMED_JSON = BAD_REQUEST "malformed_json" "Bad Request";
    /// The body is not valid `multipart/form-data`.
    MALFORMED_MULTIPART = BAD_REQUEST "malformed_multipart" "Bad Request";
    /// The request has no credentials, or its credentials are not valid.
    AUTHENTICATION_FAILED = UNAUTHORIZED "authentication_failed" "Unauthorized";
    /// The credentials do not have the scopes that the operation requires.
    INSUFFICIENT_SCOPE = FORBIDDEN "insufficient_scope" "Forbidden";
    /// The resource does not exist.
    NOT_FOUND = NOT_FOUND "not_found" "Not Found";
    /// The path does not support this method. The header `Allow` lists the supported methods.
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed" "Method Not Allowed";
    /// The request conflicts with stored data.
    CONFLICT = CONFLICT "conflict" "Conflict";
    /// The body did not arrive in time. Send the body faster.
    REQUEST_TIMEOUT = REQUEST_TIMEOUT "request_timeout" "Request Timeout";
    /// The resource does not exist, or has changed. Read the resource again.
    PRECONDITION_FAILED = PRECONDITION_FAILED "precondition_failed" "Precondition Failed";
    /// The request needs the header `If-Match` with the `ETag` of the resource.
    PRECONDITION_REQUIRED = PRECONDITION_REQUIRED "precondition_required" "Precondition Required";
    /// The body is over the size limit.
    PAYLOAD_TOO_LARGE = PAYLOAD_TOO_LARGE "payload_too_large" "Payload Too Large";
    /// The operation does not support the content type of the body.
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "Unsupported Media Type";
    /// The requested range starts after the end of the file. The header `Content-Range` has the size of the file.
    RANGE_NOT_SATISFIABLE = RANGE_NOT_SATISFIABLE "range_not_satisfiable" "Range Not Satisfiable";
    /// Fields of the request are invalid. `errors` lists the invalid fields.
    VALIDATION = UNPROCESSABLE_ENTITY "validation" "Unprocessable Entity" with Extension::ERRORS;
    /// The URL opens a WebSocket. Send `Upgrade: websocket` and `Sec-WebSocket-Version: 13`.
    UPGRADE_REQUIRED = UPGRADE_REQUIRED "upgrade_required" "Upgrade Required";
    /// The host of the program does not support the request.
    NOT_IMPLEMENTED = NOT_IMPLEMENTED "not_implemented" "Not Implemented";
    /// The caller has sent too many requests. The header `Retry-After` states when the next request is allowed.
    RATE_LIMITED = TOO_MANY_REQUESTS "rate_limited" "Too Many Requests";
    /// The request needs the header `Idempotency-Key`. Send the same key with all attempts of a request.
    IDEMPOTENCY_KEY_MISSING = BAD_REQUEST "idempotency_key_missing" "Bad Request";
    /// The server failed. The server's log has the cause, with the request id.
    INTERNAL = INTERNAL_SERVER_ERROR "internal" "Internal Server Error";
    /// The server is busy. Repeat the request after the time in the header `Retry-After`.
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable" "Service Unavailable";
    /// The server is not ready for requests yet.
    NOT_READY = SERVICE_UNAVAILABLE "not_ready" "Service Unavailable";
}
