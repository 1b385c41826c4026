//! Reading the arguments of an operation from a request.

use std::any::Any;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::{Context, FieldError, Problem};

/// An argument that leaves the body alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument here",
    label = "not read from a request's head",
    note = "an argument implements `FromRequestParts<Context>`; one that reads the body, such as `Json<T>`, comes last"
)]
pub trait Part: FromRequestParts<Context, Rejection: 'static> + Send {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context, Rejection: 'static> + Send> Part for T {}

/// The last argument, which may take the body. `M` tells apart the two ways to be one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument",
    label = "not read from a request",
    note = "an argument implements `FromRequestParts<Context>`, or `FromRequest<Context>` where it reads the body"
)]
pub trait LastArgument<M>: FromRequest<Context, M, Rejection: 'static> + Send {}

#[diagnostic::do_not_recommend]
impl<M, T: FromRequest<Context, M, Rejection: 'static> + Send> LastArgument<M> for T {}

/// A request whose arguments are being read.
///
/// An argument that is refused with 422 does not end it: the members that are wrong are told all at once, wherever in the
/// request they are. Any other refusal ends it.
#[derive(Debug)]
pub struct ArgumentReader {
    parts: Parts,
    body: Body,
    context: Context,
    wrong: InvalidFields,
}

/// The members found wrong so far.
#[derive(Debug, Default)]
pub struct InvalidFields(Vec<FieldError>);

impl ArgumentReader {
    /// Starts with a request.
    #[must_use]
    pub fn new(request: Request, context: Context) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            parts,
            body,
            context,
            wrong: InvalidFields::default(),
        }
    }

    /// The next argument; `None` where it is refused with 422.
    ///
    /// # Errors
    ///
    /// The answer to a request that is refused otherwise.
    pub async fn part<T: Part>(&mut self) -> Result<Option<T>, Response> {
        match T::from_request_parts(&mut self.parts, &self.context).await {
            Ok(argument) => Ok(Some(argument)),
            Err(rejection) => self.wrong.add(rejection).map(|()| None),
        }
    }

    /// The last argument, and what was wrong with any.
    ///
    /// # Errors
    ///
    /// As [`part`](Self::part).
    pub async fn whole<M, T: LastArgument<M>>(
        self,
    ) -> Result<(Option<T>, InvalidFields), Response> {
        let Self {
            parts,
            body,
            context,
            mut wrong,
        } = self;
        let request = Request::from_parts(parts, body);
        match T::from_request(request, &context).await {
            Ok(argument) => Ok((Some(argument), wrong)),
            Err(rejection) => wrong.add(rejection).map(|()| (None, wrong)),
        }
    }
}

impl InvalidFields {
    #[allow(
        clippy::result_large_err,
        reason = "its size depends on the target; the answer goes out as it is"
    )]
    fn add<R: IntoResponse + 'static>(&mut self, mut rejection: R) -> Result<(), Response> {
        let problem = (&mut rejection as &mut dyn Any).downcast_mut::<Problem>();
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

/// The answer of an operation; `status` is the one of a success that says no other than 200.
#[must_use]
pub fn respond(answer: impl IntoResponse, status: Option<StatusCode>) -> Response {
    let mut response = answer.into_response();
    if let Some(status) = status.filter(|_| response.status() == StatusCode::OK) {
        *response.status_mut() = status;
    }
    response
}
