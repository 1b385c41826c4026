//! How the tasks of one kind run: their retries, time limit, queue and concurrency.

use std::marker::PhantomData;
use std::time::Duration;

use super::cron::Schedule;
use super::handler::RunHandler;
use super::middleware::Middleware;
use super::{Retry, Task};

/// The default time limit of a task attempt. [`TaskConfig::timeout`] overrides it.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A lease lasts this much longer than the attempt's time limit, so that there is time to record the outcome.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// The longest time limit that a lease covers. Without this maximum, the end of a lease could be an integer that D1
/// cannot represent.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The priority of a kind of task. If more tasks are ready than can run at the same time, tasks of a kind with a higher
/// priority are claimed more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    /// These tasks are claimed a third as often as tasks with normal priority.
    Low,
    /// The default.
    #[default]
    Normal,
    /// These tasks are claimed three times as often as tasks with normal priority.
    High,
}

impl Priority {
    /// Returns the distance between two consecutive tasks of the same kind, in the order in which tasks are claimed.
    /// The smaller the distance, the more often tasks of this kind are claimed.
    pub(super) fn distance(self) -> u32 {
        match self {
            Self::High => 1,
            Self::Normal => 3,
            Self::Low => 9,
        }
    }
}

/// A kind of task: its handler, its retries and its time limit.
#[must_use = "a task does not run until it is added to an app"]
pub struct TaskConfig<T> {
    pub(super) registration: Registration,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> TaskConfig<T> {
    pub(super) fn new(run: RunHandler) -> Self {
        Self {
            registration: Registration {
                name: T::NAME,
                run,
                retry: Retry::default(),
                timeout: DEFAULT_TIMEOUT,
                queue: "default",
                priority: Priority::default(),
                concurrency: None,
                schedule: None,
                middleware: Middleware::default(),
            },
            task: PhantomData,
        }
    }

    /// Sets the delays after which failed attempts are retried. By default, failed attempts are not retried.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.registration.retry = retry;
        self
    }

    /// Sets the time limit of an attempt, by default 30 s. An attempt that exceeds the time limit is cancelled and
    /// counts as failed.
    ///
    /// If the process of a task dies, the task runs again when its lease ends, which is 15 s after the time limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.registration.timeout = timeout;
        self
    }

    /// Sets the queue, by default `default`. Even if all running tasks of one queue hang, a process can still run one
    /// task of each of the other queues.
    pub fn queue(mut self, queue: &'static str) -> Self {
        self.registration.queue = queue;
        self
    }

    /// Sets the priority of these tasks. The priority matters only if more tasks are ready than can run at the same
    /// time.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.registration.priority = priority;
        self
    }

    /// Limits how many tasks of this kind with the same [concurrency key](super::Enqueue::concurrency_key) run at the
    /// same time, in all processes together. Tasks without a key share one limit. By default, tasks without a key have
    /// no limit. Tasks with the same key always have a limit. This limit is at most half of the number of tasks that
    /// one process can run concurrently.
    ///
    /// If the process of a task has died, the task counts against the limit until it has run again.
    ///
    /// An app with a limit of 0 does not start.
    pub fn concurrency(mut self, limit: u32) -> Self {
        self.registration.concurrency = Some(limit);
        self
    }

    pub(crate) fn into_registration(self) -> Registration {
        self.registration
    }
}

impl<T: Task> std::fmt::Debug for TaskConfig<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskConfig")
            .field("name", &T::NAME)
            .field("retry", &self.registration.retry)
            .finish_non_exhaustive()
    }
}

/// A kind of task, without the Rust type of its arguments.
pub(crate) struct Registration {
    pub(super) name: &'static str,
    pub(super) run: RunHandler,
    pub(super) retry: Retry,
    pub(super) timeout: Duration,
    pub(super) queue: &'static str,
    pub(super) priority: Priority,
    pub(super) concurrency: Option<u32>,
    pub(super) schedule: Option<Schedule>,
    pub(crate) middleware: Middleware,
}

impl Registration {
    /// Returns the name and the schedule of the task, if it has a schedule.
    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn cron(&self) -> Option<(&'static str, &'static super::Cron)> {
        self.schedule.map(|schedule| (schedule.name, schedule.cron))
    }

    /// Returns how many tasks with this concurrency key may run at the same time, if a process runs up to `places` tasks.
    pub(super) fn limit(&self, key: &str, places: u32) -> Option<u32> {
        if key.is_empty() {
            return self.concurrency;
        }
        // Even if `concurrency` is not set, tasks with the same key leave places for other tasks.
        let half = (places / 2).max(1);
        Some(self.concurrency.map_or(half, |limit| limit.min(half)))
    }

    /// Returns how long a lease on a task lasts.
    pub(super) fn lease(&self) -> Duration {
        self.timeout.min(LONGEST_TIMEOUT) + LEASE_MARGIN
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
