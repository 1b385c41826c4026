//! The task runner: a loop that is woken when a task is written and when a task falls due.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::Service;
use crate::host::{Budget, WakeUp};

/// The budget for one call of [`Service::run_due_tasks`]. After each call, the task runner looks up in the database
/// when the next task is due.
const BUDGET: Budget = Budget {
    max_concurrent: 64,
    attempts: 1024,
    time: Duration::from_secs(600),
    isolates_crashed: false,
};

/// The longest time that the task runner sleeps. If another process writes a task and then crashes, nothing wakes this
/// task runner. The task runner then finds the task after this time.
const SWEEP: Duration = Duration::from_secs(60);

/// Wakes the task runner of this process.
#[derive(Debug, Clone, Default)]
pub struct Runner {
    woken: Arc<Notify>,
    later: Arc<Mutex<Option<Instant>>>,
    /// Receives a notification when the time in `later` has changed.
    moved: Arc<Notify>,
}

impl WakeUp for Runner {
    /// Wakes the task runner after the delay.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()> {
        if after.is_zero() {
            self.woken.notify_one();
        } else if let Some(at) = Instant::now().checked_add(after) {
            let mut later = self.later();
            if later.is_none_or(|later| at < later) {
                *later = Some(at);
                self.moved.notify_one();
            }
        }
        Box::pin(std::future::ready(()))
    }

    fn woken(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.woken.notified())
    }

    fn budget(&self) -> Budget {
        BUDGET
    }
}

impl Runner {
    /// Runs due tasks until the service shuts down. If the shutdown aborts an attempt, the attempt's task is handed
    /// back: see [`Service::hand_back_tasks`].
    pub async fn run(&self, service: Service) {
        loop {
            // Earlier wake-ups are no longer needed, because `run_due_tasks` finds every task that was written before
            // this call.
            *self.later() = None;
            let drained = service.run_due_tasks().await;
            if service.context().is_shutting_down() {
                return;
            }
            let until_due = drained
                .next_due
                .map(|due| due.since(service.context().clock().now()));
            self.sleep(until_due.unwrap_or(SWEEP).min(SWEEP)).await;
        }
    }

    /// Waits until the task runner is woken, until `pause` has passed, or until the delay of a wake-up has passed,
    /// whichever comes first.
    async fn sleep(&self, pause: Duration) {
        let end = Instant::now() + pause;
        loop {
            let until = self.later().map_or(end, |later| later.min(end));
            tokio::select! {
                () = self.woken() => return,
                () = tokio::time::sleep_until(until.into()) => return,
                () = self.moved.notified() => {}
            }
        }
    }

    fn later(&self) -> MutexGuard<'_, Option<Instant>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
