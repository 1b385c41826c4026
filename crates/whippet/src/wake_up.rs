//! Wakes the task runner.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// Starts runs of due tasks. Hosts implement this trait.
pub trait WakeUp: Send + Sync {
    /// Requests a run of due tasks after a delay. A failure is not returned: the sweep runs tasks whose wake-up is
    /// lost.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()>;

    /// Completes when this process is woken while it runs tasks. On hosts that start a new run for each wake-up it
    /// never completes.
    fn woken(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Returns the budget of one run of due tasks on this host.
    fn budget(&self) -> Budget;
}

/// The limits of one run of due tasks. The next run continues with the remaining tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many tasks run concurrently.
    pub max_concurrent: u32,
    /// How many attempts the run starts.
    pub attempts: u32,
    /// How long the run claims tasks. Attempts in flight may finish after that.
    pub time: Duration,
}
