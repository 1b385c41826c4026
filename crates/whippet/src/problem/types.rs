//! The kinds of problem that there are on every host.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::Problem;

/// A kind of problem, declared once: its status, its type, its title, and what it means.
///
/// ```
/// use whippet::axum::http::StatusCode;
/// use whippet::{Json, Path, Problem, ProblemType, get};
///
/// const GONE_FISHING: ProblemType = ProblemType {
///     status: StatusCode::SERVICE_UNAVAILABLE,
///     name: "gone_fishing",
///     title: "Gone fishing",
///     doc: "Nobody is there. Try again tomorrow.",
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
/// The document lists every kind that an operation names, and its `type` leads to `/problems/<name>`, which says what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// The status of the answer.
    pub status: StatusCode,
    /// Names it for programs: the member `code`, and the end of the `type`, `/problems/<name>`.
    pub name: &'static str,
    /// Names it for people.
    pub title: &'static str,
    /// What it means, and what to do about it.
    pub doc: &'static str,
}

impl ProblemType {
    /// A problem of this kind; `detail` says for people what happened this time and what to do.
    pub fn with_detail(&self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::of(self, detail)
    }
}

macro_rules! types {
    ($($(#[doc = $doc:literal])+ $constant:ident = $status:ident $name:literal $title:literal;)*) => {$(
        $(#[doc = $doc])+
        pub const $constant: ProblemType = ProblemType {
            status: StatusCode::$status,
            name: $name,
            title: $title,
            doc: concat!($($doc),+).trim_ascii(),
        };
    )*};
}

types! {
    /// The request cannot be understood. `detail` says which part of it.
    BAD_REQUEST = BAD_REQUEST "bad_request" "Bad Request";
    /// The body is not JSON.
    MALFORMED_JSON = BAD_REQUEST "malformed_json" "Bad Request";
    /// The body is not written as `multipart/form-data` says.
    MALFORMED_MULTIPART = BAD_REQUEST "malformed_multipart" "Bad Request";
    /// The request does not say who sends it, or says it wrongly.
    AUTHENTICATION_FAILED = UNAUTHORIZED "authentication_failed" "Unauthorized";
    /// There is nothing of that name.
    NOT_FOUND = NOT_FOUND "not_found" "Not Found";
    /// The path is there, and does not have this method. `Allow` lists those that it has.
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed" "Method Not Allowed";
    /// The request contradicts what is stored.
    CONFLICT = CONFLICT "conflict" "Conflict";
    /// What the request speaks of is not there, or has changed. Read it again.
    PRECONDITION_FAILED = PRECONDITION_FAILED "precondition_failed" "Precondition Failed";
    /// The request has to say which version it changes, in `If-Match`.
    PRECONDITION_REQUIRED = PRECONDITION_REQUIRED "precondition_required" "Precondition Required";
    /// The body is over the limit.
    PAYLOAD_TOO_LARGE = PAYLOAD_TOO_LARGE "payload_too_large" "Payload Too Large";
    /// The body is not of the media type that is read here.
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "Unsupported Media Type";
    /// Members of the request are wrong. `errors` lists them all.
    VALIDATION = UNPROCESSABLE_ENTITY "validation" "Unprocessable Entity";
    /// The server failed. Its log says why, under the request's id.
    INTERNAL = INTERNAL_SERVER_ERROR "internal" "Internal Server Error";
    /// The program cannot do its work yet.
    NOT_READY = SERVICE_UNAVAILABLE "not_ready" "Service Unavailable";
}
