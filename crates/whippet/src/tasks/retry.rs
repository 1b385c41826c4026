//! When a failed task is tried again.

use std::str::FromStr;
use std::time::Duration;

/// The delays after each failed attempt, each changed at random by up to the jitter; after the last the task is dead.
///
/// ```
/// use std::time::Duration;
/// use whippet::Retry;
///
/// let retry: Retry = "5s 5m 2h".parse()?;
/// assert_eq!(retry.delays().len(), 3);
/// // The middle of the range, and its ends at ±20 %.
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

/// The share of a delay by which jitter changes it, unless [`Retry::jitter`] says otherwise.
const DEFAULT_JITTER: f64 = 0.2;

impl Retry {
    /// The delays, without jitter.
    #[must_use]
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// Changes each delay by up to this share of it, either way; clamped to `0.0..=1.0`.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = share.clamp(0.0, 1.0);
        self
    }

    /// The delay after the failed attempt `number`, counted from 1; `random` from `0.0..1.0` places it within the jitter.
    #[must_use]
    pub fn delay(&self, number: u32, random: f64) -> Option<Duration> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let factor = 1.0 + self.jitter * (2.0 * random.clamp(0.0, 1.0) - 1.0);
        self.delays.get(index).map(|delay| delay.mul_f64(factor))
    }
}

/// Never again: the first failure is the last.
impl Default for Retry {
    fn default() -> Self {
        Self {
            delays: Vec::new(),
            jitter: DEFAULT_JITTER,
        }
    }
}

/// Delays separated by spaces or commas, each an integer with a unit: `ms`, `s`, `m`, `h` or `d`.
impl FromStr for Retry {
    type Err = RetryError;

    fn from_str(text: &str) -> Result<Self, RetryError> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let delays = words.map(duration).collect::<Result<_, _>>()?;
        Ok(Self {
            delays,
            ..Self::default()
        })
    }
}

/// The longest delay accepted: 30 days.
const MAX_MILLIS: u64 = 30 * 24 * 3_600_000;

fn duration(word: &str) -> Result<Duration, RetryError> {
    let unit = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let (number, unit) = word.split_at(unit);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 24 * 3_600_000,
        _ => return Err(RetryError(word.to_owned())),
    };
    let total = number
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(millis));
    total
        .filter(|total| *total <= MAX_MILLIS)
        .map(Duration::from_millis)
        .ok_or_else(|| RetryError(word.to_owned()))
}

/// A word that is not a delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryError(String);

impl std::fmt::Display for RetryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} is not a delay of at most 30d such as 500ms, 5s, 30m, 2h or 1d",
            self.0
        )
    }
}

impl std::error::Error for RetryError {}

#[cfg(test)]
mod tests {
    use super::Retry;

    #[test]
    fn a_word_that_is_no_delay_is_named() {
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
    fn jitter_stays_within_its_share() {
        let retry: Retry = "10s".parse().unwrap();
        assert_eq!(retry.delay(1, 0.0).unwrap().as_secs_f64(), 8.0);
        assert_eq!(retry.delay(1, 1.0).unwrap().as_secs_f64(), 12.0);
        assert_eq!(retry.delay(0, 0.5), None);
    }
}
