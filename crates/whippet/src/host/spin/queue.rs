//! Wakes the task runner: due tasks run after a response, in the instance that returned the response.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::clock;
use crate::host::{Budget, WakeUp};
use crate::{Service, Timestamp};

/// The budget of the due tasks that run after one response. While tasks run, the instance handles other requests.
const BUDGET: Budget = Budget {
    max_concurrent: 16,
    attempts: 256,
    time: Duration::from_secs(30),
    isolates_crashed: true,
};

/// How long an idle instance waits for a task to fall due. So the instance can run the first retry of a task itself,
/// and the retry does not need a sweep.
const LINGER: Duration = Duration::from_secs(10);

/// Stores when this instance must look for due tasks. A new instance does not know when the next task is due, so it
/// looks for due tasks after its first response.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    look_at: Option<Timestamp>,
    /// Whether an earlier call of `work` is already waiting for the time `look_at`.
    is_waiting: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            look_at: Some(Timestamp::from_millis(0)),
            is_waiting: false,
        }
    }
}

impl WakeUp for Queue {
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()> {
        self.look_at(clock::now() + after);
        Box::pin(std::future::ready(()))
    }

    fn budget(&self) -> Budget {
        BUDGET
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_at(&self, due: Timestamp) {
        let mut state = self.state();
        state.look_at = Some(state.look_at.map_or(due, |earlier| earlier.min(due)));
    }

    /// Returns whether `work` must be called after a response.
    pub(super) fn has_work(&self) -> bool {
        let state = self.state();
        let Some(due) = state.look_at else {
            return false;
        };
        let now = clock::now();
        due <= now || (!state.is_waiting && due <= now + LINGER)
    }

    /// Returns whether it is time to look for due tasks. Only one caller gets `true`, and this caller must look for
    /// due tasks.
    fn take_turn(&self) -> bool {
        let mut state = self.state();
        state.look_at.take_if(|due| *due <= clock::now()).is_some()
    }

    /// Returns how long to wait until the next task is due. Returns `None` if this wait would be too long, or if an
    /// earlier call of `work` is already waiting for the task.
    fn wait_for_next(&self, end: Timestamp) -> Option<Duration> {
        let mut state = self.state();
        let now = clock::now();
        let may_wait = |due: &Timestamp| *due <= end.min(now + LINGER) && !state.is_waiting;
        let due = state.look_at.filter(may_wait)?;
        state.is_waiting = true;
        Some(due.since(now))
    }

    /// Runs tasks that are due or fall due soon, until the budget is used up. The other tasks wait for the next
    /// response or sweep.
    pub(super) async fn work(&self, service: &Service) {
        let end = clock::now() + BUDGET.time;
        let mut budget = BUDGET;
        while budget.attempts > 0 && clock::now() < end {
            if self.take_turn() {
                budget.time = end.since(clock::now());
                let drained = service.run_due_tasks_within(budget).await;
                budget.attempts = budget.attempts.saturating_sub(drained.ran);
                let Some(due) = drained.next_due else {
                    return;
                };
                self.look_at(due);
            } else if let Some(wait) = self.wait_for_next(end) {
                service.context().host().clock.sleep(wait).await;
                self.state().is_waiting = false;
            } else {
                return;
            }
        }
    }
}
