//! Tasks whose handler is an async function with the attribute [`#[task]`](macro@crate::task).

use std::sync::Arc;

use axum::http::request::Parts;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Done, Registration, Task, TaskConfig, TaskError};
use crate::Context;

/// An async function with the attribute [`#[task]`](macro@crate::task). The attribute implements this trait for a type
/// that has the name of the function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "add `#[task]` to the async function `{Self}`"
)]
pub trait TaskFunction {
    /// The type of the task's data.
    type Task: Task;

    /// Returns the task's handler, with the settings in its attribute. Call `config` to override a setting, for example
    /// with a value from the configuration: `app.task(welcome::config().retry(schedule))`.
    fn config() -> TaskConfig<Self::Task>;
}

/// A list of tasks. [`tasks!`](crate::tasks!) creates it.
#[derive(Debug, Default)]
#[must_use = "the tasks do not run until they are added to an app"]
pub struct TaskList(pub(crate) Vec<Registration>);

impl TaskList {
    /// Adds a task.
    pub fn with<F: TaskFunction>(mut self) -> Self {
        self.0.push(F::config().into_registration());
        self
    }
}

/// Creates a list of tasks, such as `tasks![welcome, clean_up]`, for [`App::tasks`](crate::App::tasks).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::{App, Db, TaskError, query, task, tasks};
///
/// #[derive(Serialize, Deserialize)]
/// struct Welcome { user_id: String }
///
/// #[task(retry = "5s 5m 1h")]
/// async fn welcome(task: Welcome, db: Db) -> Result<(), TaskError> {
///     query("update users set welcomed = 1 where id = ?1").bind(task.user_id).execute(&db).await?;
///     Ok(())
/// }
///
/// fn app() -> App {
///     App::new().tasks(tasks![welcome])
/// }
/// # drop(app());
/// ```
#[macro_export]
macro_rules! tasks {
    ($($task:path),* $(,)?) => {
        $crate::tasks::TaskList::default()$(.with::<$task>())*
    };
}

/// Creates a kind of task. `call` extracts the dependencies from the parts and the context, and then calls the handler.
#[doc(hidden)]
pub fn from_fn<T: Task>(
    call: impl Fn(T, Parts, Context) -> BoxFuture<'static, Result<Done, TaskError>>
    + Send
    + Sync
    + 'static,
) -> TaskConfig<T> {
    TaskConfig::new(Arc::new(
        move |args, parts, context| match serde_json::from_str(args) {
            Ok(task) => call(task, parts, context),
            Err(error) => {
                let error = TaskError::retry(format!(
                    "the arguments of the task {} are not valid: {error}",
                    T::NAME
                ));
                Box::pin(async move { Err(error) })
            }
        },
    ))
}

/// What a task returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    label = "not the result of a task",
    note = "return `Result<(), TaskError>`, or `Result<Done, TaskError>` to write data when the task ends"
)]
pub trait Outcome {
    /// Returns the outcome of the attempt.
    fn into_outcome(self) -> Result<Done, TaskError>;
}

impl<D: Into<Done>> Outcome for Result<D, TaskError> {
    fn into_outcome(self) -> Result<Done, TaskError> {
        self.map(Into::into)
    }
}

/// Returns the outcome of an attempt.
#[doc(hidden)]
pub fn outcome(returned: impl Outcome) -> Result<Done, TaskError> {
    returned.into_outcome()
}

/// The task type of a function whose attribute `#[task]` is not valid. A program with such a function does not compile.
#[doc(hidden)]
#[derive(Debug, Serialize, Deserialize)]
pub struct NoTask;

impl Task for NoTask {
    const NAME: &'static str = "";
}
