//! Middleware: async functions that wrap every attempt of a task.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::attempt::Prepared;
use super::{Attempt, Done, TaskError};
use crate::Context;

/// The additional time for middleware. An attempt and its middleware together may take the attempt's time limit plus
/// this time. The lease lasts even longer, so that the outcome can be recorded.
pub(super) const TIME: Duration = Duration::from_secs(5);

/// The outcome of an attempt.
type Outcome = Result<Done, TaskError>;

/// An attempt that is about to start. [Task middleware](crate::App::task_middleware) takes a `Next` as its last
/// argument.
#[must_use = "the task does not run until `run` is called"]
pub struct Next {
    about: Arc<About>,
    /// Starts the attempt. The type is a function and not a future, because `Next` must be `Sync`.
    run: Box<dyn FnOnce() -> BoxFuture<'static, Outcome> + Send + Sync>,
}

/// The data of an attempt, which middleware can read.
struct About {
    name: &'static str,
    args: String,
    attempt: Attempt,
}

impl Next {
    /// Returns the name of the task, which is [`Task::NAME`](crate::Task::NAME).
    pub fn name(&self) -> &'static str {
        self.about.name
    }

    /// Returns the data of the task, as JSON.
    pub fn args(&self) -> &str {
        &self.about.args
    }

    /// Returns the id of the task and the number of the attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.about.attempt
    }

    /// Runs the inner middleware and the task, and returns the outcome of the attempt. If the attempt panics or exceeds
    /// its time limit, the outcome is an error.
    ///
    /// # Errors
    ///
    /// Returns the error of the attempt.
    pub async fn run(self) -> Result<Done, TaskError> {
        (self.run)().await
    }
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Next")
            .field("name", &self.about.name)
            .field("attempt", &self.about.attempt)
            .finish_non_exhaustive()
    }
}

/// Middleware as a trait object. Only `App::task_middleware` creates such objects, so a program without middleware does
/// not link the code below.
pub(crate) trait Around: Send + Sync {
    fn run(&self, context: Context, next: Next) -> BoxFuture<'static, Outcome>;

    /// Returns middleware that runs `inner` inside this middleware.
    fn over(self: Arc<Self>, inner: Arc<dyn Around>) -> Arc<dyn Around>;

    /// Runs an attempt inside this middleware.
    fn start(&self, context: Context, prepared: Prepared) -> BoxFuture<'static, Outcome> {
        let about = About {
            name: prepared.name,
            args: prepared.args.clone(),
            attempt: prepared.attempt.clone(),
        };
        let within = context.clone();
        let next = Next {
            about: Arc::new(about),
            run: Box::new(move || Box::pin(prepared.run(within))),
        };
        self.run(context, next)
    }
}

struct Function<F>(F);

impl<F, R> Around for Function<F>
where
    F: Fn(Context, Next) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    fn run(&self, context: Context, next: Next) -> BoxFuture<'static, Outcome> {
        Box::pin((self.0)(context, next))
    }

    fn over(self: Arc<Self>, inner: Arc<dyn Around>) -> Arc<dyn Around> {
        Arc::new(Both(self, inner))
    }
}

/// An outer middleware, and a middleware that runs inside it.
struct Both(Arc<dyn Around>, Arc<dyn Around>);

impl Around for Both {
    fn run(&self, context: Context, next: Next) -> BoxFuture<'static, Outcome> {
        let Self(outer, inner) = self;
        let about = Arc::clone(&next.about);
        let (inner, within) = (Arc::clone(inner), context.clone());
        let run = Box::new(move || inner.run(within, next));
        outer.run(context, Next { about, run })
    }

    fn over(self: Arc<Self>, inner: Arc<dyn Around>) -> Arc<dyn Around> {
        Arc::new(Both(self, inner))
    }
}

/// The middleware of an app or a task.
#[derive(Clone, Default)]
pub(crate) struct Middleware(pub(super) Option<Arc<dyn Around>>);

impl Middleware {
    /// Adds `function` as the outermost middleware.
    pub(crate) fn inside<F, R>(&mut self, function: F)
    where
        F: Fn(Context, Next) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let outer = Self(Some(Arc::new(Function(function))));
        outer.wrap(self);
    }

    /// Adds this middleware around `inner`.
    pub(crate) fn wrap(&self, inner: &mut Self) {
        let Some(outer) = self.0.clone() else {
            return;
        };
        inner.0 = Some(match inner.0.take() {
            Some(inner) => outer.over(inner),
            None => outer,
        });
    }
}

impl std::fmt::Debug for Middleware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Middleware")
            .field(&self.0.is_some())
            .finish()
    }
}
