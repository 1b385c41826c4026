//! Parses durations and retry schedules when the program is compiled, in the format that `whippet::Retry` parses.

/// The longest duration that is accepted, in milliseconds: 30 days.
const MAX_MILLIS: u64 = 30 * 24 * 3_600_000;

/// The highest number of retries of an exponential schedule.
const MAX_RETRIES: u32 = 100;

/// Parses an integer with the unit `ms`, `s`, `m`, `h` or `d`, and returns it in milliseconds.
pub(super) fn parse(text: &str) -> Option<u64> {
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
    (total <= MAX_MILLIS).then_some(total)
}

/// Parses delays that are separated by spaces or commas, or `exponential(1s, 2, 8)`, and returns the delays in
/// milliseconds. The error states what is wrong and what to write.
pub(super) fn schedule(text: &str) -> Result<Vec<u64>, String> {
    let inner = text.trim().strip_prefix("exponential(");
    if let Some(inner) = inner {
        let parts = inner
            .strip_suffix(')')
            .map(|inner| inner.split(',').map(str::trim).collect::<Vec<_>>());
        let delays = parts.and_then(|parts| match *parts.as_slice() {
            [first, factor, retries] => exponential(first, factor, retries),
            _ => None,
        });
        return delays.ok_or_else(|| {
            format!(
                "{text:?} is not a valid schedule: write the first delay, the factor (1 or more) and the number of retries \
                 (at most {MAX_RETRIES}), as in \"exponential(1s, 2, 8)\""
            )
        });
    }
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let delay = |word| {
        parse(word).ok_or_else(|| {
            format!("{word:?} is not a valid delay: write a delay of at most 30d, such as 500ms, 5s, 30m, 2h or 1d")
        })
    };
    words.map(delay).collect()
}

fn exponential(first: &str, factor: &str, retries: &str) -> Option<Vec<u64>> {
    let first = parse(first)?;
    let factor: f64 = factor.parse().ok().filter(|factor| *factor >= 1.0)?;
    let retries: u32 = retries.parse().ok().filter(|count| *count <= MAX_RETRIES)?;
    let mut delay = first as f64;
    let delays = (0..retries).map(|_| {
        let millis = delay.min(MAX_MILLIS as f64);
        delay *= factor;
        millis as u64
    });
    Some(delays.collect())
}
