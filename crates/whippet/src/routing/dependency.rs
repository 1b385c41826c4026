//! What `#[dependency]` expands to calls: resolved once a request, replaced in tests.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Context, Problem};

/// A dependency that the request, or the task, has resolved already.
#[derive(Debug, Clone)]
struct Resolved<T>(T);

/// What is kept for the rest of a request, and cloned for each who takes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a dependency",
    label = "not `Clone`, `Send` and `Sync`",
    note = "a dependency is resolved once a request and cloned for each who takes it: derive `Clone`, or put what is within into an `Arc`"
)]
pub trait Dependency: FromRequestParts<Context> + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context> + Clone + Send + Sync + 'static> Dependency for T {}

/// Why a dependency could not be resolved.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a request is refused",
    label = "no `Problem`",
    note = "a dependency that can fail returns `Result<_, Problem>`, or an error that `Problem` implements `From` for"
)]
pub trait IntoProblem {
    /// What the client is told.
    fn into_problem(self) -> Problem;
}

#[diagnostic::do_not_recommend]
impl<E> IntoProblem for E
where
    Problem: From<E>,
{
    fn into_problem(self) -> Problem {
        self.into()
    }
}

/// The answer to a request whose dependency could not be resolved.
pub fn problem_from<E: IntoProblem>(error: E) -> Problem {
    error.into_problem()
}

/// The dependency as a test put it there, or as it was resolved before.
pub fn resolved<T: Dependency>(parts: &Parts, context: &Context) -> Option<T> {
    context.overridden().or_else(|| {
        let resolved = parts.extensions.get::<Resolved<T>>();
        resolved.map(|Resolved(value)| value.clone())
    })
}

/// Keeps what was resolved for the rest of the request.
pub fn keep<T: Dependency>(parts: &mut Parts, value: T) -> T {
    parts.extensions.insert(Resolved(value.clone()));
    value
}

/// What a dependency takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a dependency",
    label = "not read from a request's head",
    note = "an argument implements `FromRequestParts<Context>`, as extractors and other dependencies do; the body is the handler's"
)]
pub trait Input: FromRequestParts<Context, Rejection: IntoProblem> {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context, Rejection: IntoProblem>> Input for T {}

/// An argument of a dependency.
///
/// # Errors
///
/// The argument's own, as a problem.
pub async fn argument<T: Input>(parts: &mut Parts, context: &Context) -> Result<T, Problem> {
    let read = T::from_request_parts(parts, context).await;
    read.map_err(IntoProblem::into_problem)
}
