//! Durations, such as `500ms` or `30m`.

use std::time::Duration;

/// The longest duration that is accepted: 30 days.
const MAX_MILLIS: u64 = 30 * 24 * 3_600_000;

/// The longest duration that is accepted.
pub const MAX: Duration = Duration::from_millis(MAX_MILLIS);

/// Parses an integer with the unit `ms`, `s`, `m`, `h` or `d`. Returns `None` if the text has any other form or the
/// duration exceeds 30 days.
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
