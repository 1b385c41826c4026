//! Tasks that are about to be enqueued.

use std::marker::PhantomData;
use std::time::Duration;

use super::{Task, Tasks};
use crate::{DbError, Query, RequestId, Timestamp};

/// A task that is about to be enqueued: see [`Tasks::enqueue`].
#[derive(Debug)]
#[must_use = "the task is not enqueued until its query runs: pass it to `Db::batch`, or call `send`"]
pub struct Enqueue<'t> {
    pub(super) tasks: &'t Tasks,
    pub(super) name: &'static str,
    pub(super) args: Result<String, DbError>,
    pub(super) id: Option<String>,
    pub(super) unique_key: Option<String>,
    pub(super) concurrency_key: String,
    pub(super) due: Option<Timestamp>,
}

impl<'t> Enqueue<'t> {
    pub(super) fn new(tasks: &'t Tasks, name: &'static str, args: Result<String, DbError>) -> Self {
        Self {
            tasks,
            name,
            args,
            id: None,
            unique_key: None,
            concurrency_key: String::new(),
            due: None,
        }
    }

    /// Runs the task when `delay` has passed, or later.
    pub fn after(mut self, delay: Duration) -> Self {
        self.due = Some(self.tasks.clock.now() + delay);
        self
    }

    /// Runs the task at this time or later.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.due = Some(time);
        self
    }

    /// Sets the unique key. The task is enqueued only if no pending or running task of any name has this key. When a
    /// task has succeeded, died or been canceled, its key is free again.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    /// Sets the task's id, which is random by default. If a task with this id is pending or running, the new task is
    /// not enqueued. If a task with this id is dead, the new task replaces it.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the concurrency key. [`TaskConfig::concurrency`](super::TaskConfig::concurrency) limits how many tasks with
    /// the same name and the same key run at the same time. Tasks with different keys take turns. For example, if each
    /// customer has a key, slow tasks of one customer do not delay the tasks of other customers.
    pub fn concurrency_key(mut self, key: impl Into<String>) -> Self {
        self.concurrency_key = key.into();
        self
    }

    /// Runs the query that enqueues the task. If another pending or running task has the same id or key, the task is
    /// not enqueued, and `send` returns false.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the arguments cannot be serialized as JSON. Also returns the errors of the
    /// database.
    pub async fn send(self) -> Result<bool, DbError> {
        let db = self.tasks.db.clone();
        Ok(Query::from(self).execute(&db).await? > 0)
    }
}

impl From<Enqueue<'_>> for Query {
    fn from(task: Enqueue<'_>) -> Self {
        let args = match task.args {
            Ok(args) => args,
            Err(error) => return Self::failing(error),
        };
        let random = || RequestId::random(&task.tasks.random).as_str().to_owned();
        let values = vec![
            task.id.unwrap_or_else(random).into(),
            args.into(),
            task.concurrency_key.into(),
            task.unique_key.into(),
        ];
        let select = "select ?1 as id, ?2 as args, ?3 as concurrency_key, ?4 as unique_key";
        task.tasks.insert(task.name, select, values, task.due)
    }
}

/// Tasks that are about to be enqueued, one for each row of a query: see [`Tasks::enqueue_each`].
#[derive(Debug)]
#[must_use = "the tasks are not enqueued until their query runs: pass it to `Db::batch`, or call `send`"]
pub struct EnqueueEach<'t, T> {
    tasks: &'t Tasks,
    select: Query,
    /// The SQL expression for the concurrency key.
    concurrency_key: &'static str,
    due: Option<Timestamp>,
    task: PhantomData<fn() -> T>,
}

impl<'t, T: Task> EnqueueEach<'t, T> {
    pub(super) fn new(tasks: &'t Tasks, select: Query) -> Self {
        Self {
            tasks,
            select,
            concurrency_key: "''",
            due: None,
            task: PhantomData,
        }
    }

    /// Runs the tasks when `delay` has passed, or later.
    pub fn after(mut self, delay: Duration) -> Self {
        self.due = Some(self.tasks.clock.now() + delay);
        self
    }

    /// Runs the tasks at this time or later.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.due = Some(time);
        self
    }

    /// Uses the column `concurrency_key` of the query as the concurrency key of each task: see
    /// [`Enqueue::concurrency_key`].
    pub fn with_concurrency_keys(mut self) -> Self {
        self.concurrency_key = "concurrency_key";
        self
    }

    /// Runs the query that enqueues the tasks. Returns how many tasks were enqueued.
    ///
    /// # Errors
    ///
    /// Returns any error that the database reports.
    pub async fn send(self) -> Result<u64, DbError> {
        let db = self.tasks.db.clone();
        Query::from(self).execute(&db).await
    }
}

impl<T: Task> From<EnqueueEach<'_, T>> for Query {
    fn from(each: EnqueueEach<'_, T>) -> Self {
        let (select, values) = match each.select.into_parts() {
            Ok(parts) => parts,
            Err(error) => return Self::failing(error),
        };
        let select = format!(
            "select id, args, {} as concurrency_key, null as unique_key from ({select})",
            each.concurrency_key
        );
        each.tasks.insert(T::NAME, &select, values, each.due)
    }
}
