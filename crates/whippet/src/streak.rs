//! Helpers that limit how often something happens. [`Streak`] finds the first of several failures in a row, so that
//! only this failure is logged. [`OncePerMinute`] limits an action to once a minute.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::Timestamp;

/// Whether the latest attempt of something failed.
#[derive(Debug, Default)]
pub(crate) struct Streak(AtomicBool);

impl Streak {
    /// Records a failure. Returns true if it is the first failure since the last success.
    pub(crate) fn starts(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    /// Records a success. Returns true if the previous attempt failed.
    pub(crate) fn ends(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Allows an action at most once a minute. The number is the time at which the action was last allowed, in milliseconds
/// since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct OncePerMinute(AtomicI64);

impl OncePerMinute {
    /// Returns true if the action is allowed now, because a minute has passed since the last time.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let last = Timestamp::from_millis(self.0.load(Ordering::Relaxed));
        let is_due = now >= last + Duration::from_secs(60);
        if is_due {
            self.0.store(now.as_millis(), Ordering::Relaxed);
        }
        is_due
    }
}
