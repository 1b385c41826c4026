//! Task handlers: async functions whose arguments are the task and its dependencies.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures_util::future::BoxFuture;

use super::{Retry, Task, TaskError};
use crate::streak::Streak;
use crate::{Context, Problem};

/// An async function that handles a task.
///
/// The function's first argument is the task. Up to eight dependencies follow, each of which implements
/// `FromRequestParts<Context>`. The function returns `Result<(), TaskError>`.
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
    ) -> BoxFuture<'static, Result<(), TaskError>>;
}

macro_rules! task_handler {
    ($($dependency:ident),*) => {
        impl<F, R, T, $($dependency),*> TaskHandler<T, ($($dependency,)*)> for F
        where
            F: FnOnce(T, $($dependency),*) -> R + Clone + Send + Sync + 'static,
            R: Future<Output = Result<(), TaskError>> + Send + 'static,
            T: Task,
            $($dependency: FromRequestParts<Context> + Send, Problem: From<$dependency::Rejection>,)*
        {
            #[allow(non_snake_case, unused_mut, unused_variables, reason = "the macro's arity decides which names are used")]
            fn call(self, task: T, mut parts: Parts, context: Context) -> BoxFuture<'static, Result<(), TaskError>> {
                Box::pin(async move {
                    $(
                        let $dependency = $dependency::from_request_parts(&mut parts, &context)
                            .await
                            .map_err(|rejection| TaskError::from(Problem::from(rejection)))?;
                    )*
                    self(task, $($dependency),*).await
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

/// Configures `handler` to run the tasks of type `T`. Pass the returned [`TaskConfig`] to
/// [`App::task`](crate::App::task).
pub fn task<T: Task, D: 'static>(handler: impl TaskHandler<T, D>) -> TaskConfig<T> {
    let run: RunHandler = Arc::new(move |args, parts, context| {
        let handler = handler.clone();
        match serde_json::from_str(args) {
            Ok(task) => handler.call(task, parts, context),
            Err(error) => {
                let error = TaskError::dead(format!(
                    "the arguments of the task {} are not valid: {error}",
                    T::NAME
                ));
                Box::pin(async move { Err(error) })
            }
        }
    });
    TaskConfig {
        run,
        retry: Retry::default(),
        timeout: DEFAULT_TIMEOUT,
        task: PhantomData,
    }
}

/// The default time limit of a task attempt, which [`TaskConfig::timeout`] overrides.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

type RunHandler =
    Arc<dyn Fn(&str, Parts, Context) -> BoxFuture<'static, Result<(), TaskError>> + Send + Sync>;

/// A kind of task: its handler, its retries and its time limit.
#[must_use = "a task does not run until it is added to an app"]
pub struct TaskConfig<T> {
    run: RunHandler,
    retry: Retry,
    timeout: Duration,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> TaskConfig<T> {
    /// Sets the delays after which failed attempts are retried. By default, failed attempts are not retried.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the time limit of an attempt, by default 30 s. An attempt that exceeds the time limit is cancelled and
    /// counts as failed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn into_registration(self) -> Registration {
        Registration {
            name: T::NAME,
            run: self.run,
            retry: self.retry,
            timeout: self.timeout,
        }
    }
}

impl<T: Task> std::fmt::Debug for TaskConfig<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskConfig")
            .field("name", &T::NAME)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// A kind of task, without the Rust type of its arguments.
pub(crate) struct Registration {
    pub(super) name: &'static str,
    pub(super) run: RunHandler,
    pub(super) retry: Retry,
    pub(super) timeout: Duration,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The kinds of task that an app runs, by name.
pub(crate) struct Registry {
    pub(super) tasks: HashMap<&'static str, Registration>,
    /// The failures to claim due tasks.
    pub(super) failures: Streak,
}

impl Registry {
    pub(crate) fn new(list: Vec<Registration>) -> Result<Self, String> {
        let mut tasks = HashMap::with_capacity(list.len());
        for registration in list {
            let name = registration.name;
            if tasks.insert(name, registration).is_some() {
                return Err(format!("two tasks have the name {name:?}"));
            }
        }
        Ok(Self {
            tasks,
            failures: Streak::default(),
        })
    }

    /// Returns the longest time limit of any task.
    pub(super) fn longest_timeout(&self) -> Duration {
        self.tasks
            .values()
            .map(|task| task.timeout)
            .max()
            .unwrap_or(DEFAULT_TIMEOUT)
    }
}
