//! What this process knows about the schedules.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Schedule;
use crate::Timestamp;

/// How long the process waits after a database error before it looks for due ticks again.
const PAUSE: Duration = Duration::from_secs(5);

/// The last tick of each schedule that was already read from the database, by the name of the task.
#[derive(Debug, Default)]
pub(super) struct State(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    last: HashMap<&'static str, Timestamp>,
    /// The time at which the process looks for due ticks again after a database error.
    not_before: Option<Timestamp>,
}

impl State {
    pub(super) fn last(&self, schedule: &Schedule) -> Option<Timestamp> {
        self.known().last.get(schedule.name).copied()
    }

    /// Records the last tick of a schedule, unless a later tick is already known.
    pub(super) fn set_last(&self, schedule: &Schedule, last: Timestamp) {
        let mut known = self.known();
        known.not_before = None;
        let entry = known.last.entry(schedule.name).or_insert(last);
        *entry = last.max(*entry);
    }

    /// Records a database error. The process then pauses, and only then looks for due ticks again.
    pub(super) fn pause(&self, now: Timestamp) {
        self.known().not_before = Some(now + PAUSE);
    }

    /// Returns the time of the next tick of these schedules. If the last tick of a schedule is not known yet, returns
    /// `now`. After a database error, the time is not before the end of the pause.
    pub(super) fn next(&self, schedules: &[Schedule], now: Timestamp) -> Option<Timestamp> {
        let known = self.known();
        let next = schedules.iter().filter_map(|schedule| {
            let Some(last) = known.last.get(schedule.name) else {
                return Some(now);
            };
            schedule.cron.next(*last)
        });
        let next = next.min()?;
        Some(known.not_before.map_or(next, |pause| next.max(pause)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
