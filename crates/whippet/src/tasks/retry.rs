//! The delays after which failed tasks are retried.

use std::str::FromStr;
use std::time::Duration;

use crate::duration;

/// The delays before the retries of a task. Each delay is increased or reduced at random, at most by the share that
/// [`Retry::jitter`] sets. If the attempt after the last delay fails, the task is dead.
///
/// ```
/// use std::time::Duration;
/// use whippet::Retry;
///
/// let retry: Retry = "5s 5m 2h".parse()?;
/// assert_eq!(retry.delays().len(), 3);
/// // The jitter is ±20 % by default.
/// assert_eq!(retry.delay(2, 0.5), Some(Duration::from_secs(300)));
/// assert_eq!(retry.delay(2, 0.0), Some(Duration::from_secs(240)));
/// assert_eq!(retry.delay(4, 0.5), None);
/// # Ok::<(), whippet::tasks::RetryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    delays: Vec<Duration>,
    jitter: f64,
}

/// The default share by which each delay may change. [`Retry::jitter`] overrides the default.
const DEFAULT_JITTER: f64 = 0.2;

impl Retry {
    /// Returns the delays before the retries, without jitter.
    #[must_use]
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// Sets the share by which each delay may be longer or shorter, clamped to `0.0..=1.0`. The default share is 0.2.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = share.clamp(0.0, 1.0);
        self
    }

    /// Returns the delay after the failed attempt `number`, counted from 1, or `None` if the task is not retried.
    ///
    /// `random` is a number in `0.0..1.0` that selects a delay within the jitter. 0.5 selects the delay without jitter.
    #[must_use]
    pub fn delay(&self, number: u32, random: f64) -> Option<Duration> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let factor = 1.0 + self.jitter * (2.0 * random.clamp(0.0, 1.0) - 1.0);
        self.delays.get(index).map(|delay| delay.mul_f64(factor))
    }
}

/// By default a task is not retried, and is dead when its first attempt fails.
impl Default for Retry {
    fn default() -> Self {
        Self {
            delays: Vec::new(),
            jitter: DEFAULT_JITTER,
        }
    }
}

/// Parses delays that are separated by spaces or commas. Each delay is an integer with the unit `ms`, `s`, `m`, `h` or
/// `d`.
impl FromStr for Retry {
    type Err = RetryError;

    fn from_str(text: &str) -> Result<Self, RetryError> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let delay = |word| duration::parse(word).ok_or_else(|| RetryError(str::to_owned(word)));
        let delays = words.map(delay).collect::<Result<_, _>>()?;
        Ok(Self {
            delays,
            ..Self::default()
        })
    }
}

/// The error that reports a word that is not a valid delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryError(String);

impl std::fmt::Display for RetryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} is not a valid delay: write a delay of at most 30d, such as 500ms, 5s, 30m, 2h or 1d",
            self.0
        )
    }
}

impl std::error::Error for RetryError {}

#[cfg(test)]
mod tests {
    use super::Retry;

    #[test]
    fn the_error_names_the_word_that_is_not_a_valid_delay() {
        for text in [
            "5",
            "5x",
            "s",
            "-5s",
            "1.5s",
            "99999999999999999999s",
            "31d",
            "5s 5",
        ] {
            let error = text.parse::<Retry>().unwrap_err().to_string();
            assert!(
                error.contains(text.split(' ').next_back().unwrap()),
                "{error}"
            );
        }
    }

    #[test]
    fn jitter_changes_a_delay_by_at_most_its_share() {
        let retry: Retry = "10s".parse().unwrap();
        assert_eq!(retry.delay(1, 0.0).unwrap().as_secs_f64(), 8.0);
        assert_eq!(retry.delay(1, 1.0).unwrap().as_secs_f64(), 12.0);
        assert_eq!(retry.delay(0, 0.5), None);
    }
}
