//! The error of a task attempt that did not succeed.

use std::borrow::Cow;
use std::time::Duration;

use crate::Query;

/// The reason why a task attempt did not succeed, and what happens to the task.
///
/// The operator `?` converts other errors, such as a [`DbError`](crate::DbError), into a `TaskError` after which the
/// task is retried.
#[derive(Debug, Clone)]
#[must_use = "the error takes effect when the task handler returns it"]
pub struct TaskError {
    pub(super) message: Cow<'static, str>,
    pub(super) not_before: Duration,
    pub(super) kind: Kind,
    pub(super) queries: Vec<Query>,
}

/// What happens to a task after an attempt that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The task is retried according to its [`Retry`](crate::Retry).
    Retry,
    /// The task is not retried.
    Dead,
    /// The task runs again later, and the attempt does not count as failed.
    Snooze,
}

impl TaskError {
    /// Creates an error after which the task is retried according to its [`Retry`](crate::Retry).
    pub fn retry(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Retry, message)
    }

    /// Creates an error after which the task is not retried. The row of the task stays in the database with the state
    /// `dead`, and stores `message` as the last error.
    pub fn dead(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Dead, message)
    }

    /// Ends the attempt and runs the task again after `delay`. The attempt does not count as failed, so it uses up no
    /// retry.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whippet::TaskError;
    ///
    /// fn wait_for_maintenance(is_down: bool) -> Result<(), TaskError> {
    ///     if is_down {
    ///         return Err(TaskError::snooze(Duration::from_secs(600)));
    ///     }
    ///     Ok(())
    /// }
    /// # drop(wait_for_maintenance(true));
    /// ```
    pub fn snooze(delay: Duration) -> Self {
        Self::new(Kind::Snooze, "the task was snoozed").not_before(delay)
    }

    fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            not_before: Duration::ZERO,
            kind,
            queries: Vec::new(),
        }
    }

    /// Returns whether the error is a [`snooze`](Self::snooze): the task runs again later, and the attempt does not
    /// count as failed.
    #[must_use]
    pub fn is_snooze(&self) -> bool {
        self.kind == Kind::Snooze
    }

    /// Returns whether the error is [`dead`](Self::dead): the task then becomes dead even if retries are left.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.kind == Kind::Dead
    }

    /// Delays the next attempt by at least `delay`.
    pub fn not_before(mut self, delay: Duration) -> Self {
        self.not_before = delay;
        self
    }

    /// Adds queries to the transaction that records the outcome, for example to store a log of the attempts. If the
    /// attempt no longer holds the task's lease, the transaction has no effect: see [`Done`](super::Done).
    pub fn with(mut self, queries: impl IntoIterator<Item = impl Into<Query>>) -> Self {
        self.queries.extend(queries.into_iter().map(Into::into));
        self
    }
}

impl std::fmt::Display for TaskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TaskError {}

macro_rules! retry_on {
    ($($error:ty),*) => {$(
        impl From<$error> for TaskError {
            fn from(error: $error) -> Self {
                Self::retry(error.to_string())
            }
        }
    )*};
}

retry_on!(
    crate::DbError,
    crate::FetchError,
    crate::ConfigError,
    crate::Problem
);
