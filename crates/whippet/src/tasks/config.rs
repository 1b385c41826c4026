//! The configuration of a kind of task: its retries, time limit, queue and concurrency.

use std::marker::PhantomData;
use std::time::Duration;

use super::cron::Schedule;
use super::handler::RunHandler;
use super::middleware::Middleware;
use super::{Retry, Task};

/// The time limit of a task attempt, unless [`TaskConfig::timeout`] sets another.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A lease lasts this much longer than the attempt's time limit, so that there is time to record the outcome.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// The longest time limit that counts for the duration of a lease. Without this maximum, the end of a lease could be an
/// integer that is too large for D1.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The priority of a kind of task. If more tasks are ready than can run at the same time, a claim takes more tasks of
/// the kinds with a higher priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    /// One task with this priority is claimed for every three tasks with normal priority.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Three tasks with this priority are claimed for every task with normal priority.
    High,
}

impl Priority {
    /// A claim takes tasks in a certain order. Returns how far apart two consecutive tasks of the same kind are in this
    /// order. With a smaller distance, a claim takes more tasks of this kind.
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

    /// Sets the time limit of an attempt, by default 30 s. An attempt that exceeds the time limit is canceled and
    /// counts as failed.
    ///
    /// If the process dies during an attempt, the task runs again when the lease of the attempt ends, 15 s after the
    /// time limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.registration.timeout = timeout;
        self
    }

    /// Sets the queue, by default `default`. Each process keeps a place free for one task of every other queue. So even
    /// if all running tasks of one queue hang, the tasks of the other queues run.
    pub fn queue(mut self, queue: &'static str) -> Self {
        self.registration.queue = queue;
        self
    }

    /// Sets the priority of this kind of task. It matters only if more tasks are ready than can run at the same time.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.registration.priority = priority;
        self
    }

    /// Limits how many tasks of this kind with the same [concurrency key](super::Enqueue::concurrency_key) run at the
    /// same time, in all processes together. `limit` also applies to all tasks without a key together. By default,
    /// tasks without a key have no limit. Tasks with the same key always have a limit: at most half of the number of
    /// tasks that one process can run at the same time.
    ///
    /// If the process dies during an attempt, the task still counts against the limit until it has run again.
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

    /// Returns how many tasks with this concurrency key may run at the same time. `places` is the number of tasks that
    /// one process can run at the same time.
    pub(super) fn limit(&self, key: &str, places: u32) -> Option<u32> {
        if key.is_empty() {
            return self.concurrency;
        }
        // Tasks with the same key always leave places for other tasks, even if `concurrency` is not set.
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
