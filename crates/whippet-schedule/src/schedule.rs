//! Retry schedules.

use std::time::Duration;

use crate::duration::{self, MAX};
use crate::error::{MAX_RETRIES, RetryError};

/// Parses a retry schedule: delays that are separated by spaces or commas, or a text such as `exponential(1s, 2, 8)`. A
/// delay is an integer with the unit `ms`, `s`, `m`, `h` or `d`. The arguments of `exponential` are the first delay,
/// the factor and the number of retries, as in the function [`exponential`]. There can be at most 100 retries.
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

/// Parses the text after `exponential(`: the arguments and the closing parenthesis.
fn parse_exponential(inner: &str) -> Option<Vec<Duration>> {
    let mut parts = inner.strip_suffix(')')?.split(',').map(str::trim);
    let first = duration::parse(parts.next()?)?;
    let factor: f64 = parts.next()?.parse().ok()?;
    let retries: u32 = parts.next()?.parse().ok()?;
    let is_valid = parts.next().is_none() && factor >= 1.0 && retries <= MAX_RETRIES;
    is_valid.then(|| exponential(first, factor, retries).collect())
}

/// Returns `retries` delays. The first delay is `first`. Each later delay is the previous delay times `factor`, but at
/// most 30 days. If `factor` is below 1 or is NaN, all delays are equal.
pub fn exponential(first: Duration, factor: f64, retries: u32) -> impl Iterator<Item = Duration> {
    let mut seconds = first.as_secs_f64();
    (0..retries).map(move |_| {
        let delay = Duration::from_secs_f64(seconds.min(MAX.as_secs_f64()));
        seconds *= factor.max(1.0);
        delay
    })
}
