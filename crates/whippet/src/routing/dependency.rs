//! The functions that the expansion of `#[dependency]` calls. A dependency is resolved once per request. Tests can
//! override a dependency.

use std::any::Any;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Context, Problem};

/// The dependencies that are already resolved for the request or task attempt. All of them are in one request
/// extension, because separate extensions would add a kilobyte to a bundle.
///
/// Each dependency is stored with the scopes that were required when it was resolved. A layer of the app may resolve a
/// dependency before the route is matched, when no scopes are required yet. If the operation requires scopes, it
/// resolves the dependency again, so that the dependency can check them.
#[derive(Debug, Clone, Default)]
struct Resolved(Vec<(Scopes, Arc<dyn Any + Send + Sync>)>);

type Scopes = &'static [&'static str];

/// A value that is resolved once per request. Each argument of this type gets a clone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a dependency",
    label = "not `Clone`, `Send` and `Sync`",
    note = "a dependency is resolved once per request and cloned for each argument: derive `Clone`, or wrap its fields in an `Arc`"
)]
pub trait Dependency: FromRequestParts<Context> + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context> + Clone + Send + Sync + 'static> Dependency for T {}

/// An error that can be converted into a [`Problem`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be converted into a `Problem`",
    label = "not convertible into a `Problem`",
    note = "the error of a dependency is `Problem`, or a type for which `Problem` implements `From`"
)]
pub trait IntoProblem {
    /// Converts the error into the problem that becomes the response.
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

/// Converts the error of a dependency into a problem.
pub fn problem_from<E: IntoProblem>(error: E) -> Problem {
    error.into_problem()
}

/// Returns the value with which a test overrides `T`. Without an override, returns the `T` that was already resolved
/// for the request, if there is one.
pub fn resolved<T: Dependency>(parts: &Parts, context: &Context) -> Option<T> {
    context.overridden().or_else(|| {
        let resolved = parts.extensions.get::<Resolved>()?;
        let values = resolved.0.iter();
        let mut values = values.filter(|(scopes, _)| *scopes == context.scopes());
        values
            .find_map(|(_, value)| value.downcast_ref::<T>())
            .cloned()
    })
}

/// Stores a resolved dependency, so that later arguments of the request can use it.
pub fn keep<T: Dependency>(parts: &mut Parts, context: &Context, value: T) -> T {
    add(parts, context.scopes(), Arc::new(value.clone()));
    value
}

fn add(parts: &mut Parts, scopes: Scopes, value: Arc<dyn Any + Send + Sync>) {
    let resolved: &mut Resolved = parts.extensions.get_or_insert_default();
    resolved.0.push((scopes, value));
}

/// An argument of a dependency.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a dependency",
    label = "does not implement `FromRequestParts<Context>`",
    note = "extractors and dependencies implement `FromRequestParts<Context>`, except extractors of the body, which only a handler can take"
)]
pub trait Input: FromRequestParts<Context, Rejection: IntoProblem> {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<Context, Rejection: IntoProblem>> Input for T {}

/// Reads an argument of a dependency.
///
/// # Errors
///
/// If the argument cannot be read, returns its rejection as a [`Problem`].
pub async fn argument<T: Input>(parts: &mut Parts, context: &Context) -> Result<T, Problem> {
    let read = T::from_request_parts(parts, context).await;
    read.map_err(IntoProblem::into_problem)
}
