//! Parses durations such as `500ms` and `30m`.

use std::time::Duration;

/// The longest valid duration, in milliseconds: 30 days.
const MAX_MILLIS: u64 = 30 * 24 * 3_600_000;

/// The longest valid duration: 30 days.
pub const MAX: Duration = Duration::from_millis(MAX_MILLIS);

/// Parses an integer with the unit `ms`, `s`, `m`, `h` or `d`. Returns `None` if the text has another form, or if the
/// duration is longer than [`MAX`].
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
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
