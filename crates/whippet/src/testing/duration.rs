//! Durations in tests.

use std::time::Duration;

use crate::Retry;

/// A [`Duration`], or text such as `"5m"` or `"1h 30m"`. The text is a sum of integers with the units `ms`, `s`, `m`,
/// `h` or `d`.
pub trait IntoDuration {
    /// Returns the duration.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a valid duration.
    fn into_duration(self) -> Duration;
}

impl IntoDuration for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

impl IntoDuration for &str {
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the duration is not valid"
    )]
    fn into_duration(self) -> Duration {
        match self.parse::<Retry>() {
            Ok(parts) => parts.delays().iter().sum(),
            Err(error) => panic!("{error}"),
        }
    }
}
