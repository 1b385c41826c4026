//! Wakes the task runner.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// Starts runs of due tasks. Each host implements this trait.
pub trait WakeUp: Send + Sync {
    /// Requests a run of due tasks after a delay. Does not report failures: if a wake-up is lost, the periodic sweep
    /// runs the tasks.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()>;

    /// Waits until a wake-up arrives while this process is running tasks. On hosts that start a new run for each
    /// wake-up, `woken` never completes.
    fn woken(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Returns the budget of one run of due tasks on this host.
    fn budget(&self) -> Budget;
}

/// The limits of one run of due tasks. The next run executes the tasks that are still due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of tasks that run concurrently.
    pub max_concurrent: u32,
    /// The maximum number of attempts that the run starts.
    pub attempts: u32,
    /// After this time, the run claims no more tasks. Attempts that are still in flight after this time are not
    /// aborted.
    pub time: Duration,
    /// If true, a run first looks for a task whose last attempt crashed, and runs this task alone. This must be true on
    /// hosts where a trap ends all attempts in an instance.
    pub isolates_crashed: bool,
}
