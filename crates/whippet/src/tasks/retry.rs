//! The delays after which failed tasks are retried.

use std::str::FromStr;
use std::time::Duration;

pub use whippet_schedule::RetryError;

/// The delays before the retries of a task. Each delay is increased or reduced at random, by at most the fraction that
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

/// The default jitter: each delay may be longer or shorter by up to this fraction of the delay. [`Retry::jitter`]
/// overrides the default.
const DEFAULT_JITTER: f64 = 0.2;

impl Retry {
    /// Creates a schedule with these delays and the default jitter.
    #[must_use]
    pub fn after(delays: impl IntoIterator<Item = Duration>) -> Self {
        Self {
            delays: delays.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Creates a schedule whose delays grow: the first delay is `first`, and each further delay is `factor` times as
    /// long as the delay before, up to 30 days. `retries` is the number of delays. A factor that is below 1 or NaN
    /// counts as 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whippet::Retry;
    ///
    /// let retry = Retry::exponential(Duration::from_secs(1), 2.0, 8);
    /// assert_eq!(retry.delays()[7], Duration::from_secs(128));
    /// assert_eq!(Ok(retry), "exponential(1s, 2, 8)".parse());
    /// ```
    #[must_use]
    pub fn exponential(first: Duration, factor: f64, retries: u32) -> Self {
        Self::after(whippet_schedule::exponential(first, factor, retries))
    }

    /// Returns the delays before the retries, without jitter.
    #[must_use]
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// Sets the jitter: each delay may be longer or shorter by up to the fraction `share`. The default is 0.2. `share`
    /// is clamped to `0.0..=1.0`, and NaN counts as 0.2.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_nan() {
            DEFAULT_JITTER
        } else {
            share.clamp(0.0, 1.0)
        };
        self
    }

    /// Returns the delay between the failed attempt `number` and its retry, or `None` if the task is not retried. The
    /// first attempt has the number 1.
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
/// `d`. `exponential(1s, 2, 8)` is [`Retry::exponential`] with the first delay, the factor and the number of retries.
/// At most 100 retries are possible.
impl FromStr for Retry {
    type Err = RetryError;

    fn from_str(text: &str) -> Result<Self, RetryError> {
        whippet_schedule::schedule(text).map(Self::after)
    }
}

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
