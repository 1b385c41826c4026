//! Methods of [`App`] for tasks and task middleware.

use std::time::Duration;

use super::App;
use crate::tasks::{Done, Middleware, Next, Registration, TaskConfig, TaskList};
use crate::{Context, Task, TaskError};

impl App {
    /// Adds the handler for tasks of the type `T`. The function [`tasks::task`](crate::tasks::task) creates the
    /// argument.
    #[must_use]
    pub fn task<T: Task>(mut self, task: TaskConfig<T>) -> Self {
        self.tasks.push(task.into_registration());
        self
    }

    /// Deletes each task that has been dead for `time`. By default, dead tasks are kept until
    /// [`purge`](crate::Tasks::purge) deletes them.
    #[must_use]
    pub fn keep_dead_tasks(mut self, time: Duration) -> Self {
        self.dead_tasks = Some(time);
        self
    }

    /// Counts how many task attempts end in each minute. The [page for operators](crate::sweep::outbox) displays the
    /// counts. They are kept for a day, in the table that [`tasks::SCHEMA_MINUTES`](crate::tasks::SCHEMA_MINUTES)
    /// creates. To store them, each run of the task runner writes one more row.
    ///
    /// The counts are not exact: if a process ends or the database fails, attempts of the last minute may not be
    /// counted.
    #[must_use]
    pub fn count_attempts(mut self) -> Self {
        self.attempt_counts = Some(crate::tasks::attempt_counts);
        self
    }

    /// Adds a list of tasks, such as `tasks![welcome, clean_up]`. The handlers of these tasks have the attribute
    /// [`#[task]`](macro@crate::task).
    #[must_use]
    pub fn tasks(mut self, tasks: TaskList) -> Self {
        self.tasks.extend(tasks.0);
        self
    }

    /// Adds an async function that wraps every attempt of every task. Its arguments are the [`Context`] and a [`Next`],
    /// which represents the attempt. The function calls [`Next::run`] to run the attempt, and returns the attempt's
    /// outcome or a different outcome. If an app has several such functions, the one that was added last starts first.
    /// Together with these functions, an attempt may take 5 s longer than the time limit of the task.
    ///
    /// The function is part of the attempt. So its log lines and outbound calls contain the request id and the trace of
    /// the request that enqueued the task, and the attempt fails if the function panics. If a task becomes dead after
    /// five [crashes](crate::tasks::Attempt) in a row, the function does not run.
    ///
    /// ```
    /// use whippet::tasks::{Done, Next};
    /// use whippet::{App, Context, TaskError, query};
    ///
    /// /// Counts the attempts of each task, and alerts somebody before a task is dead.
    /// async fn watch(context: Context, next: Next) -> Result<Done, TaskError> {
    ///     let (name, attempt) = (next.name(), next.attempt().clone());
    ///     let count = "insert into attempts (task, failed) values (?1, ?2)";
    ///     let count = |failed: bool| [query(count).bind(name).bind(failed)];
    ///     match next.run().await {
    ///         Ok(done) => Ok(done.and(count(false))),
    ///         Err(error) if error.is_snooze() => Err(error),
    ///         Err(error) => {
    ///             if attempt.is_last || error.is_dead() {
    ///                 let alert = context.fetch().post("https://alerts.example");
    ///                 alert.body(format!("{name} {}: {error}", attempt.task_id)).send().await.ok();
    ///             }
    ///             Err(error.with(count(true)))
    ///         }
    ///     }
    /// }
    ///
    /// fn app() -> App {
    ///     App::new().task_middleware(watch)
    /// }
    /// # drop(app());
    /// ```
    #[must_use]
    pub fn task_middleware<F, R>(mut self, middleware: F) -> Self
    where
        F: Fn(Context, Next) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Done, TaskError>> + Send + 'static,
    {
        self.task_middleware.inside(middleware);
        self
    }

    /// Returns the name and the schedule of each task that has a schedule.
    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn schedules(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static crate::tasks::Cron)> {
        self.tasks.iter().filter_map(Registration::cron)
    }
}

/// Wraps the tasks of an app in the middleware of the app. Returns the wrapped tasks.
pub(super) fn wrapped(mut tasks: Vec<Registration>, middleware: &Middleware) -> Vec<Registration> {
    for task in &mut tasks {
        middleware.wrap(&mut task.middleware);
    }
    tasks
}
