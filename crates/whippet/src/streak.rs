//! Limits how often a failure is logged: of several failures in a row, only the first is logged. Also limits how often
//! a check runs.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::Timestamp;

/// True if the latest attempt failed.
#[derive(Debug, Default)]
pub(crate) struct Streak(AtomicBool);

impl Streak {
    /// Records a failure. Returns whether the failure is the first since the last success.
    pub(crate) fn starts(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    /// Records a success. Returns whether the previous attempt failed.
    pub(crate) fn ends(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Allows an action at most once a minute. Contains the time at which the action was last allowed, in milliseconds
/// since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct OncePerMinute(AtomicI64);

impl OncePerMinute {
    /// Returns whether a minute has passed since this method last returned true.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let last = Timestamp::from_millis(self.0.load(Ordering::Relaxed));
        let is_due = now >= last + Duration::from_secs(60);
        if is_due {
            self.0.store(now.as_millis(), Ordering::Relaxed);
        }
        is_due
    }
}
