//! How a task says that it failed.

use std::borrow::Cow;
use std::time::Duration;

/// Why an attempt at a task failed, and what follows. Errors of the database and others become one that is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    pub(super) message: Cow<'static, str>,
    pub(super) not_before: Duration,
    pub(super) is_final: bool,
}

impl TaskError {
    /// Try again by the task's schedule.
    pub fn retry(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            not_before: Duration::ZERO,
            is_final: false,
        }
    }

    /// Never try again: the task is kept as dead with this message.
    pub fn dead(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            not_before: Duration::ZERO,
            is_final: true,
        }
    }

    /// Not before `delay` has passed, where the schedule would try sooner.
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

macro_rules! retried {
    ($($error:ty),*) => {$(
        impl From<$error> for TaskError {
            fn from(error: $error) -> Self {
                Self::retry(error.to_string())
            }
        }
    )*};
}

retried!(
    crate::DbError,
    crate::FetchError,
    crate::ConfigError,
    crate::Problem
);
