//! Streaks of failures, of which only the first is logged.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the latest attempt failed.
#[derive(Debug, Default)]
pub(crate) struct Streak(AtomicBool);

impl Streak {
    /// Records a failure. Returns whether the failure is the first since the last success.
    pub(crate) fn starts(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    /// Records a success. Returns whether the attempt before it failed.
    pub(crate) fn ends(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}
