//! The wake-up of the task runner: work that is due is done after a response, in the instance that gave it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::clock;
use crate::host::{Budget, WakeUp};
use crate::{Service, Timestamp};

/// What is done after one response, while the instance goes on serving.
const BUDGET: Budget = Budget {
    at_once: 16,
    attempts: 256,
    time: Duration::from_secs(30),
};

/// For how long an instance with nothing else to do waits for a task to fall due: a first retry should need no sweep.
const LINGER: Duration = Duration::from_secs(10);

/// When this instance has to look for due tasks. Nobody knows at its start, so it looks once.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    look_at: Option<Timestamp>,
    /// Whether the work after some response waits for `look_at` already.
    someone_waits: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            look_at: Some(Timestamp::from_millis(0)),
            someone_waits: false,
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

    /// Whether the work after a response finds anything to do.
    pub(super) fn has_work(&self) -> bool {
        let state = self.state();
        let Some(due) = state.look_at else {
            return false;
        };
        let now = clock::now();
        due <= now || (!state.someone_waits && due <= now + LINGER)
    }

    /// Whether it is time to look: whoever is told so does it.
    fn is_time(&self) -> bool {
        let mut state = self.state();
        state.look_at.take_if(|due| *due <= clock::now()).is_some()
    }

    /// How long to wait for the next task, if it falls due by then and nobody waits for it yet.
    fn wait_for_next(&self, end: Timestamp) -> Option<Duration> {
        let mut state = self.state();
        let now = clock::now();
        let may_wait = |due: &Timestamp| *due <= end.min(now + LINGER) && !state.someone_waits;
        let due = state.look_at.filter(may_wait)?;
        state.someone_waits = true;
        Some(due.since(now))
    }

    /// Runs what is due and what falls due soon, within the budget. What is left over waits for the next response or sweep.
    pub(super) async fn work(&self, service: &Service) {
        let end = clock::now() + BUDGET.time;
        let mut budget = BUDGET;
        while budget.attempts > 0 && clock::now() < end {
            if self.is_time() {
                budget.time = end.since(clock::now());
                let drained = service.run_due_tasks_within(budget).await;
                budget.attempts = budget.attempts.saturating_sub(drained.ran);
                let Some(due) = drained.next_due else {
                    return;
                };
                self.look_at(due);
                // What is due could not be claimed: the log says why.
                if drained.ran == 0 && due <= clock::now() {
                    return;
                }
            } else if let Some(wait) = self.wait_for_next(end) {
                service.context().host().clock.sleep(wait).await;
                self.state().someone_waits = false;
            } else {
                return;
            }
        }
    }
}
