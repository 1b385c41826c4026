//! Errors as clients see them: RFC 9457 problem documents.
//!
//! Handlers return [`Problem`] for what the client can mend or should know. Errors of the database, the configuration and
//! the like turn into one with `?`: the client gets a 500 with a fixed text, the log gets the cause, once.

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

/// A problem document: what went wrong with a request.
///
/// It serialises to `type`, `title`, `status`, `code` and `detail`; a failed validation has `errors` in place of
/// `detail`.
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
    /// The name of the type that has a page, which is the code as well.
    page: Option<&'static str>,
    title: &'static str,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: HeaderMap,
    cause: Option<Cause>,
}

/// What the log is told about an internal error.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) Arc<dyn Error + Send + Sync>);

/// What the log is told about a problem; travels beside the response, never in it.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) code: Cow<'static, str>,
    pub(crate) cause: Option<Cause>,
}

/// One member of a request that failed validation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldError {
    /// Where the member is: a JSON pointer (RFC 6901) into the body, or `/name` of a query or path parameter.
    pub pointer: String,
    /// What is wrong, for programs: `length`, `range`, `url` …
    pub code: Cow<'static, str>,
    /// What is wrong and what would be right, for people.
    pub message: Cow<'static, str>,
    /// The limits that the value broke, such as `min` and `max`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, serde_json::Value>,
}

impl FieldError {
    /// An error about the member at `pointer`.
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
    /// A problem with this status and no type of its own; `code` names it for programs, `detail` says for people what to do.
    ///
    /// A kind that the document should know is declared once: see [`ProblemType`].
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Fields {
            status,
            page: None,
            // RFC 9457 section 4.2.1: with `about:blank`, the title is the phrase of the status.
            title: status.canonical_reason().unwrap_or("Error"),
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// A problem of a declared kind.
    pub(crate) fn of(kind: &ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut problem = Self::new(kind.status, kind.name, detail);
        problem.0.page = Some(kind.name);
        problem.0.title = kind.title;
        problem
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        types::BAD_REQUEST.with_detail(detail)
    }

    /// 401, with `WWW-Authenticate: Bearer` (RFC 6750 section 3).
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        types::AUTHENTICATION_FAILED
            .with_detail(detail)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 404.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        types::NOT_FOUND.with_detail(detail)
    }

    /// 409: the request contradicts what is stored.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        types::CONFLICT.with_detail(detail)
    }

    /// 422: members of the request are wrong, all of them listed.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = types::VALIDATION.with_detail("");
        problem.0.errors = errors;
        problem
    }

    /// 500 with a fixed text; `cause` goes to the log with the request's id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "The server failed. Give the request id to whoever runs it.";
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

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Takes the members that are wrong out of a 422; of any other problem there are none.
    pub(crate) fn take_errors(&mut self) -> Vec<FieldError> {
        std::mem::take(&mut self.0.errors)
    }

    fn body(&self) -> Vec<u8> {
        let fields = &*self.0;
        let r#type = match fields.page {
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

/// What went wrong with a request (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemDocument<'a> {
    /// Leads to what this kind of problem means; `about:blank` where the status says it all.
    r#type: Cow<'static, str>,
    /// Names the kind for people.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// Names the kind for programs.
    code: &'a str,
    /// What happened this time, and what to do.
    detail: &'a str,
}

/// What is wrong with a request's members, all of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ValidationProblem")]
pub(crate) struct ValidationDocument<'a> {
    /// Leads to what this kind of problem means.
    r#type: Cow<'static, str>,
    /// Names the kind for people.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// Names the kind for programs.
    code: &'a str,
    /// Every member that is wrong.
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
        response.extensions_mut().insert(Logged { code, cause });
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
