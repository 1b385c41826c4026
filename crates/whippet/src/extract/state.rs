//! The state of the app as an argument.

use std::any::type_name;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Argument, ArgumentCheck};
use crate::context::without_state;
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::Reads;
use crate::{Context, Problem};

/// A value that all requests and tasks of an app share. [`App::state`](crate::App::state) sets the value.
/// [`App::state_with`](crate::App::state_with) creates the value when a request or task first needs the value.
///
/// A native app does not start if an operation has a `State<T>` argument and the app has no value of the type `T`. On
/// the other hosts, requests to this operation fail. If a task has such an argument, the app starts on every host, but
/// the attempts of the task fail. The log has the cause. A test overrides the state with
/// `TestApp::builder().with(State::new(…))`.
///
/// On the native host, each process has a separate value. On Workers and Spin, each instance has a separate value. To
/// share a value between processes or instances, use the database.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use whippet::testing::TestApp;
/// use whippet::{App, State, get, routes};
///
/// struct Visits(AtomicU32);
///
/// #[get("/")]
/// async fn visit(visits: State<Visits>) -> String {
///     format!("visit {}", visits.0.fetch_add(1, Ordering::Relaxed))
/// }
///
/// fn app() -> App {
///     App::new().state(Visits(AtomicU32::new(1))).routes(routes![visit])
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// assert_eq!(app.get("/").await.text(), "visit 1");
/// assert_eq!(app.get("/").await.text(), "visit 2");
/// let app = app.with(State::new(Visits(AtomicU32::new(7))));
/// assert_eq!(app.get("/").await.text(), "visit 7");
/// # });
/// ```
#[derive(Debug)]
pub struct State<T>(Arc<T>);

impl<T> State<T> {
    /// Wraps a value that a test passes to `TestApp::with` or to a handler.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Returns the shared value.
    #[must_use]
    pub fn into_inner(self) -> Arc<T> {
        self.0
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> FromRequestParts<Context> for State<T> {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Problem> {
        if let Some(overridden) = context.overridden() {
            return Ok(overridden);
        }
        match context.states().get() {
            Some(value) => Ok(Self(value)),
            None => context.states().create(context).await.map(Self),
        }
    }
}

impl<T: Send + Sync + 'static> Argument for State<T> {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.problem(&types::INTERNAL);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        match app.states.contains::<T>() {
            true => Ok(()),
            false => Err(without_state(type_name::<T>())),
        }
    }
}
