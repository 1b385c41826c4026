//! Reads the arguments of an operation from a request.

use std::any::Any;

use axum::body::Body;
use axum::extract::rejection::StringRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::{Context, FieldError, Problem};

/// An argument that does not read the body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument here",
    label = "does not implement `FromRequestParts<Context>`",
    note = "arguments implement `FromRequestParts<Context>`; an argument that reads the body, such as `Json<T>`, must be the last one"
)]
pub trait PartsArgument: FromRequestParts<Context, Rejection: 'static> + Send {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context, Rejection: 'static> + Send> PartsArgument for T {}

/// The last argument, which may read the body. `M` is axum's marker type: it states whether the argument implements
/// `FromRequest` or only `FromRequestParts`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument",
    label = "not an extractor",
    note = "arguments implement `FromRequestParts<Context>`, or `FromRequest<Context>` if they read the body"
)]
pub trait LastArgument<M>: FromRequest<Context, M, Rejection: 'static> + Send {}

#[diagnostic::do_not_recommend]
impl<M, T: FromRequest<Context, M, Rejection: 'static> + Send> LastArgument<M> for T {}

/// Reads the arguments of an operation from a request, from the first to the last.
///
/// If an argument is rejected with 422, the caller goes on to the next argument, so that one response reports the
/// invalid fields of all arguments. A rejection with any other status becomes the response at once.
#[derive(Debug)]
pub struct ArgumentReader {
    parts: Parts,
    body: Body,
    context: Context,
    invalid: InvalidFields,
}

/// The invalid fields that the arguments have reported.
#[derive(Debug, Default)]
pub struct InvalidFields(Vec<FieldError>);

impl ArgumentReader {
    /// Creates a reader for a request.
    #[must_use]
    pub fn new(request: Request, context: Context) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            parts,
            body,
            context,
            invalid: InvalidFields::default(),
        }
    }

    /// Reads the next argument. Returns `None` if the argument is rejected with 422, and keeps the invalid fields.
    ///
    /// # Errors
    ///
    /// Returns the response of the rejection if the argument is rejected with another status than 422.
    pub async fn part<T: PartsArgument>(&mut self) -> Result<Option<T>, Response> {
        match T::from_request_parts(&mut self.parts, &self.context).await {
            Ok(argument) => Ok(Some(argument)),
            Err(rejection) => self.invalid.add(rejection).map(|()| None),
        }
    }

    /// Reads the last argument. Also returns the list of the invalid fields of all arguments.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`part`](Self::part).
    pub async fn whole<M, T: LastArgument<M>>(
        self,
    ) -> Result<(Option<T>, InvalidFields), Response> {
        let Self {
            parts,
            body,
            context,
            mut invalid,
        } = self;
        let request = Request::from_parts(parts, body);
        match T::from_request(request, &context).await {
            Ok(argument) => Ok((Some(argument), invalid)),
            Err(rejection) => invalid.add(rejection).map(|()| (None, invalid)),
        }
    }
}

impl InvalidFields {
    #[allow(
        clippy::result_large_err,
        reason = "a `Response` is larger than the lint's limit only on some targets"
    )]
    fn add<R: IntoResponse + 'static>(&mut self, mut rejection: R) -> Result<(), Response> {
        let any = &mut rejection as &mut dyn Any;
        if let Some(StringRejection::InvalidUtf8(_)) = any.downcast_ref() {
            return Err(Problem::bad_request("the body is not valid UTF-8").into_response());
        }
        let problem = any.downcast_mut::<Problem>();
        let errors = problem.map(Problem::take_errors).unwrap_or_default();
        if errors.is_empty() {
            return Err(rejection.into_response());
        }
        self.0.extend(errors);
        Ok(())
    }
}

impl IntoResponse for InvalidFields {
    fn into_response(self) -> Response {
        Problem::invalid(self.0).into_response()
    }
}

/// Requires that the handler's future is `Send`, because on the native host another thread may continue the request
/// after an `.await`. A handler does not compile if it holds a value that is not `Send` across an `.await`, for example
/// an `Rc` or the guard of a `RefCell`. Drop the value before the `.await`, or use an `Arc` or a `Mutex`.
pub fn handlers_hold_only_send_values_while_they_await<F: Future + Send>(future: F) -> F {
    future
}

/// Creates the response of an operation. If the attribute of the operation contains a `status`, this status replaces a
/// 200.
#[must_use]
pub fn respond(returned: impl IntoResponse, status: Option<StatusCode>) -> Response {
    let mut response = returned.into_response();
    if let Some(status) = status.filter(|_| response.status() == StatusCode::OK) {
        *response.status_mut() = status;
    }
    response
}
