//! Task handlers: async functions that take a task and dependencies as arguments.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures_util::future::BoxFuture;

use super::function::from_fn;
use super::{Done, Task, TaskConfig, TaskError};
use crate::{Context, Problem};

/// An async function that handles a task.
///
/// The first argument of the function is the task. Up to eight dependencies follow, and each must implement
/// `FromRequestParts<Context>`. The function returns `Result<(), TaskError>`, or `Result<Done, TaskError>`: see
/// [`Done`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of the task `{T}`",
    note = "write `async fn name(task: {T}, db: Db, …) -> Result<(), TaskError>`, where each dependency implements `FromRequestParts<Context>`"
)]
pub trait TaskHandler<T, Dependencies>: Clone + Send + Sync + 'static {
    /// Resolves the dependencies and runs the handler function.
    fn call(
        self,
        task: T,
        parts: Parts,
        context: Context,
    ) -> BoxFuture<'static, Result<Done, TaskError>>;
}

macro_rules! task_handler {
    ($($dependency:ident),*) => {
        impl<F, R, O, T, $($dependency),*> TaskHandler<T, ($($dependency,)*)> for F
        where
            F: FnOnce(T, $($dependency),*) -> R + Clone + Send + Sync + 'static,
            R: Future<Output = Result<O, TaskError>> + Send + 'static,
            O: Into<Done>,
            T: Task,
            $($dependency: FromRequestParts<Context> + Send, Problem: From<$dependency::Rejection>,)*
        {
            #[allow(non_snake_case, unused_mut, unused_variables, reason = "the macro's arity decides which names are used")]
            fn call(self, task: T, mut parts: Parts, context: Context) -> BoxFuture<'static, Result<Done, TaskError>> {
                Box::pin(async move {
                    $(
                        let $dependency = $dependency::from_request_parts(&mut parts, &context)
                            .await
                            .map_err(|rejection| TaskError::from(Problem::from(rejection)))?;
                    )*
                    self(task, $($dependency),*).await.map(Into::into)
                })
            }
        }
    };
}

task_handler!();
task_handler!(A);
task_handler!(A, B);
task_handler!(A, B, C);
task_handler!(A, B, C, D);
task_handler!(A, B, C, D, E);
task_handler!(A, B, C, D, E, G);
task_handler!(A, B, C, D, E, G, H);
task_handler!(A, B, C, D, E, G, H, I);

/// Creates the configuration for tasks of the type `T`, which `handler` handles. Pass this configuration to
/// [`App::task`](crate::App::task). The attribute [`#[task]`](macro@crate::task) does the same for a function.
pub fn task<T: Task, D: 'static>(handler: impl TaskHandler<T, D>) -> TaskConfig<T> {
    from_fn(move |task, parts, context| handler.clone().call(task, parts, context))
}

pub(super) type RunHandler =
    Arc<dyn Fn(&str, Parts, Context) -> BoxFuture<'static, Result<Done, TaskError>> + Send + Sync>;
