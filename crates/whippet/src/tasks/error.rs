//! The error of a failed task attempt.

use std::borrow::Cow;
use std::time::Duration;

/// The reason why a task attempt failed, and whether the task is retried.
///
/// After an error that `?` converts, such as a [`DbError`](crate::DbError), the task is retried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    pub(super) message: Cow<'static, str>,
    pub(super) not_before: Duration,
    pub(super) is_final: bool,
}

impl TaskError {
    /// Creates an error after which the task is retried according to its [`Retry`](crate::Retry).
    pub fn retry(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            not_before: Duration::ZERO,
            is_final: false,
        }
    }

    /// Creates an error after which the task is not retried. The task's row stays in the database with the state `dead`
    /// and with `message`.
    pub fn dead(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            not_before: Duration::ZERO,
            is_final: true,
        }
    }

    /// Delays the retry until at least `delay` has passed.
    #[must_use]
    pub fn not_before(mut self, delay: Duration) -> Self {
        self.not_before = delay;
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
