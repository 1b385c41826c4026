//! Error responses, which are problem documents (RFC 9457).
//!
//! Handlers return a [`Problem`] for errors that the client can fix or should know about. `?` converts errors of the
//! server, such as `DbError` and `ConfigError`, into a problem: the client gets a 500 with a fixed text, and the log
//! gets the cause.

pub mod types;

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

pub use types::ProblemType;

/// An error response: a problem document (RFC 9457).
///
/// The JSON of a problem has the fields `type`, `title`, `status`, `code` and `detail`. A problem with invalid fields
/// has `errors` instead of `detail`.
///
/// ```
/// use whippet::Problem;
///
/// fn find(id: &str) -> Result<String, Problem> {
///     Err(Problem::not_found(format!("there is no user {id:?}")))
/// }
/// # assert!(find("x").is_err());
/// ```
#[derive(Debug)]
pub struct Problem(Box<Fields>);

#[derive(Debug)]
struct Fields {
    status: StatusCode,
    /// The name of the declared problem type, which has a description at `/problems/<name>`.
    type_name: Option<&'static str>,
    title: &'static str,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: HeaderMap,
    cause: Option<Cause>,
}

/// The cause of an internal error, for the log.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) Arc<dyn Error + Send + Sync>);

/// The code and cause of a problem, for the log and for spans. `LoggedProblem` is stored in the extensions of the
/// response, which are not sent to the client.
#[derive(Debug, Clone)]
pub(crate) struct LoggedProblem {
    pub(crate) code: Cow<'static, str>,
    pub(crate) cause: Option<Cause>,
}

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The location of the field: a JSON pointer (RFC 6901) into the body, or `/name` for a parameter.
    pub pointer: String,
    /// The machine-readable kind of error, such as `required`, `type`, `length` or `range`.
    pub code: Cow<'static, str>,
    /// A human-readable description of the error, which states what would be valid.
    pub message: Cow<'static, str>,
    /// The parameters of the broken validation rule, such as `min` and `max`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, serde_json::Value>,
}

impl FieldError {
    /// Creates the error of the field at `pointer`.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            message: message.into(),
            params: Map::new(),
        }
    }
}

impl Problem {
    /// Creates a problem of the type `about:blank`, with a machine-readable `code` and a human-readable `detail`.
    ///
    /// The OpenAPI document does not list problems of the type `about:blank`. Declare a [`ProblemType`] for a problem
    /// that the document should list.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Fields {
            status,
            type_name: None,
            // RFC 9457 section 4.2.1: with the type `about:blank`, the title is the reason phrase of the status.
            title: status.canonical_reason().unwrap_or("Error"),
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// Creates a problem of a declared type.
    pub(crate) fn of(kind: &ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut problem = Self::new(kind.status, kind.name, detail);
        problem.0.type_name = Some(kind.name);
        problem.0.title = kind.title;
        problem
    }

    /// Creates a 400: the request is malformed.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        types::BAD_REQUEST.with_detail(detail)
    }

    /// Creates a 401 with `WWW-Authenticate: Bearer` (RFC 6750 section 3).
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        types::AUTHENTICATION_FAILED
            .with_detail(detail)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// Creates a 404: the resource does not exist.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        types::NOT_FOUND.with_detail(detail)
    }

    /// Creates a 409: the request conflicts with stored data.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        types::CONFLICT.with_detail(detail)
    }

    /// Creates a 422 that lists the invalid fields of the request.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = types::VALIDATION.with_detail("");
        problem.0.errors = errors;
        problem
    }

    /// Creates a 500 with a fixed text. The log gets `cause` with the request id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "The server failed. Report the request id to the operator of the server.";
        let mut problem = types::INTERNAL.with_detail(detail);
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Takes the invalid fields out of a 422; returns an empty list for any other problem.
    pub(crate) fn take_errors(&mut self) -> Vec<FieldError> {
        std::mem::take(&mut self.0.errors)
    }

    fn body(&self) -> Vec<u8> {
        let fields = &*self.0;
        let r#type = match fields.type_name {
            Some(name) => Cow::Owned(format!("/problems/{name}")),
            None => Cow::Borrowed("about:blank"),
        };
        let (title, status, code) = (fields.title, fields.status.as_u16(), &*fields.code);
        let body = if fields.errors.is_empty() {
            let detail = &*fields.detail;
            serde_json::to_vec(&ProblemDocument {
                r#type,
                title,
                status,
                code,
                detail,
            })
        } else {
            let errors = &*fields.errors;
            serde_json::to_vec(&ValidationDocument {
                r#type,
                title,
                status,
                code,
                errors,
            })
        };
        body.unwrap_or_default()
    }
}

/// The error response to a request (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemDocument<'a> {
    /// The URL of a description of the problem type; `about:blank` if the type has no description.
    r#type: Cow<'static, str>,
    /// The human-readable name of the problem type.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// The machine-readable name of the problem type.
    code: &'a str,
    /// What went wrong in this request, and how to fix the problem.
    detail: &'a str,
}

/// The error response to a request with invalid fields.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ValidationProblem")]
pub(crate) struct ValidationDocument<'a> {
    /// The URL of a description of the problem type.
    r#type: Cow<'static, str>,
    /// The human-readable name of the problem type.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// The machine-readable name of the problem type.
    code: &'a str,
    /// The invalid fields.
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.body();
        let Fields {
            status,
            headers,
            code,
            cause,
            ..
        } = *self.0;
        let mut response = (status, body).into_response();
        response.headers_mut().extend(headers);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
            .extensions_mut()
            .insert(LoggedProblem { code, cause });
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.0.status, self.0.code, self.0.detail)?;
        for error in &self.0.errors {
            write!(f, "; {} {}", error.pointer, error.message)?;
        }
        match &self.0.cause {
            Some(Cause(cause)) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl Error for Problem {}

macro_rules! internal {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::internal(error)
            }
        }
    )*};
}

internal!(
    crate::ConfigError,
    serde_json::Error,
    std::convert::Infallible
);
