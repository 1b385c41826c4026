//! What `#[dependency]` expands to calls: resolved once a request, replaced in tests.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Context, Problem};

/// A dependency that the request, or the task, has resolved already.
#[derive(Debug, Clone)]
struct Resolved<T>(T);

/// The dependency as a test put it there, or as it was resolved before.
pub fn known<T: Clone + Send + Sync + 'static>(parts: &Parts, context: &Context) -> Option<T> {
    context.replaced().or_else(|| {
        let resolved = parts.extensions.get::<Resolved<T>>();
        resolved.map(|Resolved(value)| value.clone())
    })
}

/// Keeps what was resolved for the rest of the request.
pub fn keep<T: Clone + Send + Sync + 'static>(parts: &mut Parts, value: T) -> T {
    parts.extensions.insert(Resolved(value.clone()));
    value
}

/// An argument of a dependency.
///
/// # Errors
///
/// The argument's own, as a problem.
pub async fn argument<T>(parts: &mut Parts, context: &Context) -> Result<T, Problem>
where
    T: FromRequestParts<Context>,
    Problem: From<T::Rejection>,
{
    Ok(T::from_request_parts(parts, context).await?)
}
