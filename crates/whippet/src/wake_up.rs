//! Waking the task runner.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// Implemented by a host: starts a run of due tasks soon.
pub trait WakeUp: Send + Sync {
    /// Requests a run of due tasks after a delay. It never fails: the sweep makes up for a lost wake-up.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()>;

    /// Completes when this process is woken while it runs tasks; never on hosts that start another run for a wake-up.
    fn woken(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Returns how much one run of due tasks may do on this host.
    fn budget(&self) -> Budget;
}

/// How much one run of due tasks may do. The next run does the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many tasks run at once.
    pub at_once: u32,
    /// How many attempts the run starts.
    pub attempts: u32,
    /// How long the run claims tasks; attempts in flight may finish.
    pub time: Duration,
}
