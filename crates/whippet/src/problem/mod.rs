//! Error responses, which are problem documents (RFC 9457).
//!
//! Handlers return a [`Problem`] for errors that the client can fix or should know about. `?` converts errors of the
//! server, such as `DbError` and `ConfigError`, into a problem. The client then gets a 500 with a fixed text, or a 503
//! if the database is busy. Only the log contains the cause.

mod extension;
pub mod types;

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub use extension::Extension;
pub use types::ProblemType;

/// An error response: a problem document (RFC 9457).
///
/// The JSON of a problem has the fields `type`, `title`, `status`, `code` and `detail`. A problem about invalid fields
/// also has the field `errors`. If the detail is empty, such a problem has no field `detail`. Extensions add further
/// fields (RFC 9457 section 3.2).
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
    /// The declared problem type, or `None` if the type is `about:blank`.
    kind: Option<ProblemType>,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: HeaderMap,
    cause: Option<Cause>,
}

/// The cause of an internal error, for the log.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) Arc<dyn Error + Send + Sync>);

/// The code and cause of a problem, for the log and for spans. They are stored in the extensions of the response, which
/// the client never receives.
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
    pub params: Map<String, Value>,
}

impl FieldError {
    /// Creates an error for the field at `pointer`.
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
            kind: None,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            extensions: Map::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// Creates a problem of a declared type.
    pub(crate) fn of(kind: &ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut problem = Self::new(kind.status, kind.name, detail);
        problem.0.kind = Some(*kind);
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
        types::VALIDATION.with_detail("").errors(errors)
    }

    /// Creates a 500 with a fixed text. The log gets `cause` with the request id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "The server failed. Report the request id to the operator of the server.";
        let mut problem = types::INTERNAL.with_detail(detail);
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// Creates a 503 with `Retry-After`, for example if the database is busy. The log gets `cause` with the request id.
    pub(crate) fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        /// How many seconds a client should wait.
        const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
        let detail =
            "The server is busy. Repeat the request after the time in the header Retry-After.";
        let mut problem = types::UNAVAILABLE
            .with_detail(detail)
            .header(header::RETRY_AFTER, RETRY_AFTER);
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// Replaces the detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Sets the field `errors`, which contains the invalid fields of the request.
    ///
    /// Also list [`Extension::ERRORS`] in the `extensions` of the [`ProblemType`], so that the OpenAPI document
    /// contains the field. To report invalid fields without a problem type of your own, use [`Problem::invalid`].
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a field to the JSON of the problem: an extension member (RFC 9457 section 3.2). A second extension with the
    /// same name replaces the first.
    ///
    /// The names `type`, `title`, `status`, `detail`, `instance`, `code` and `errors` are reserved: an extension with a
    /// reserved name is ignored. To add the field to the OpenAPI document, list the extension in the [`ProblemType`].
    ///
    /// ```
    /// use whippet::Problem;
    ///
    /// fn withdraw(balance: u32, amount: u32) -> Result<u32, Problem> {
    ///     balance.checked_sub(amount).ok_or_else(|| {
    ///         Problem::conflict("the balance is too low").extension("balance", balance)
    ///     })
    /// }
    /// # assert!(withdraw(1, 2).is_err());
    /// ```
    #[must_use]
    pub fn extension(mut self, name: &str, value: impl Into<Value>) -> Self {
        if !extension::is_reserved(name) {
            self.0.extensions.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Takes the invalid fields out of a [`Problem::invalid`]. Returns an empty list if the problem is of another type,
    /// or also has a detail, an extension or a header.
    pub(crate) fn take_errors(&mut self) -> Vec<FieldError> {
        let fields = &mut *self.0;
        let is_validation = fields.kind == Some(types::VALIDATION);
        let has_more = !fields.detail.is_empty() || !fields.extensions.is_empty();
        if !is_validation || has_more || !fields.headers.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut fields.errors)
    }

    /// Returns the data that the log needs: the problem's code, and the cause if the problem is an internal error.
    #[cfg(feature = "graphql")]
    pub(crate) fn logged(&self) -> LoggedProblem {
        LoggedProblem {
            code: self.0.code.clone(),
            cause: self.0.cause.clone(),
        }
    }

    /// Returns the JSON of the problem.
    pub(crate) fn body(&self) -> Vec<u8> {
        let fields = &*self.0;
        let has_errors = fields.kind.is_some_and(|kind| kind.has_errors());
        let errors = (has_errors || !fields.errors.is_empty()).then_some(&*fields.errors);
        let document = ProblemDocument {
            r#type: match fields.kind {
                Some(kind) => format!("/problems/{}", kind.name).into(),
                None => "about:blank".into(),
            },
            title: match fields.kind {
                Some(kind) => kind.title,
                // RFC 9457 section 4.2.1: with the type `about:blank`, the title is the reason phrase of the status.
                None => fields.status.canonical_reason().unwrap_or("Error"),
            },
            status: fields.status.as_u16(),
            code: &fields.code,
            detail: Some(&*fields.detail).filter(|text| !text.is_empty() || errors.is_none()),
            errors,
            extensions: &fields.extensions,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// The error response to a request (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem", extend("required" = ["type", "title", "status", "code", "detail"]))]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "&str")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    errors: Option<&'a [FieldError]>,
    #[serde(flatten)]
    #[schemars(skip)]
    extensions: &'a Map<String, Value>,
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
