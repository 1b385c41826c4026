//! Streaks of failures. Only the first failure of a streak is logged.

use std::sync::atomic::{AtomicBool, Ordering};

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
