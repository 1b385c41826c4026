//! Retry schedules.

use std::time::Duration;

use crate::duration::{self, MAX};
use crate::error::{MAX_RETRIES, RetryError};

/// Parses delays that are separated by spaces or commas. Each delay is an integer with the unit `ms`, `s`, `m`, `h` or
/// `d`. The text `exponential(1s, 2, 8)` has the arguments of [`exponential`]: the first delay, the factor and the
/// number of retries, at most 100.
///
/// # Errors
///
/// The error contains the first invalid delay, or the invalid exponential schedule.
pub fn parse(text: &str) -> Result<Vec<Duration>, RetryError> {
    if let Some(inner) = text.trim().strip_prefix("exponential(") {
        return parse_exponential(inner).ok_or_else(|| RetryError::Exponential(text.to_owned()));
    }
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let delay = |word| duration::parse(word).ok_or_else(|| RetryError::Delay(str::to_owned(word)));
    words.map(delay).collect()
}

/// Parses the arguments in `exponential(1s, 2, 8)` and the closing parenthesis.
fn parse_exponential(inner: &str) -> Option<Vec<Duration>> {
    let mut parts = inner.strip_suffix(')')?.split(',').map(str::trim);
    let first = duration::parse(parts.next()?)?;
    let factor: f64 = parts.next()?.parse().ok()?;
    let retries: u32 = parts.next()?.parse().ok()?;
    let is_valid = parts.next().is_none() && factor >= 1.0 && retries <= MAX_RETRIES;
    is_valid.then(|| exponential(first, factor, retries).collect())
}

/// Returns delays that grow: the first delay is `first`, and each later delay is the previous delay times `factor`, up
/// to 30 days. `retries` is the number of delays. If the factor is below 1 or is NaN, it counts as 1.
pub fn exponential(first: Duration, factor: f64, retries: u32) -> impl Iterator<Item = Duration> {
    let mut seconds = first.as_secs_f64();
    (0..retries).map(move |_| {
        let delay = Duration::from_secs_f64(seconds.min(MAX.as_secs_f64()));
        seconds *= factor.max(1.0);
        delay
    })
}
