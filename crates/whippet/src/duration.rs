//! Durations in the format of configuration variables.

use std::time::Duration;

/// The longest duration: 30 days.
const MAX_MILLIS: u64 = 30 * 24 * 3_600_000;

/// Reads an integer with a unit, `ms`, `s`, `m`, `h` or `d`; `None` for anything else and for more than 30 days.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let unit = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 24 * 3_600_000,
        _ => return None,
    };
    let total = number.parse::<u64>().ok()?.checked_mul(millis)?;
    (total <= MAX_MILLIS).then(|| Duration::from_millis(total))
}
