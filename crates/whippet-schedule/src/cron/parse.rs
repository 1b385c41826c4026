//! Parses an expression.

use super::field::{CLOUDFLARE_WEEKDAY, DAY, Field, HOUR, MINUTE, MONTH, WEEKDAY};
use super::{CronError, Expression, Zone};

/// Parses a cron expression as crontab(5) describes it: the minute, the hour, the day of the month, the month and the
/// day of the week. Each field is `*` or a list of values and ranges. `*` and ranges can have a step: `*/5`, `1,15`,
/// `9-17/2`. The days of the week are 0 to 7, where 0 and 7 are Sunday, or names such as `mon`. Months have names too.
/// `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` are expressions too.
///
/// # Errors
///
/// Fails if a field is not valid, or if the expression never matches, for example because its day is the 30th of
/// February.
pub fn parse(text: &str) -> Result<Expression, CronError> {
    parse_with(text, &WEEKDAY, |weekdays| weekdays & 0x7f | weekdays >> 7)
}

/// Parses the expression of a Cloudflare Workers cron trigger, in which the days of the week are 1 (Sunday) to 7.
/// Rejects the characters `L`, `W` and `#`, which Cloudflare accepts.
///
/// # Errors
///
/// Fails if a field is not valid or contains an unsupported character, or if the expression never matches.
pub fn parse_cloudflare(text: &str) -> Result<Expression, CronError> {
    parse_with(text, &CLOUDFLARE_WEEKDAY, |weekdays| weekdays >> 1)
}

fn parse_with(
    text: &str,
    weekday: &'static Field,
    from_sunday: fn(u64) -> u64,
) -> Result<Expression, CronError> {
    let text = match text.trim() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * sun",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        other => other,
    };
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, day_of_week] = *fields else {
        return Err(CronError::Fields(fields.len()));
    };
    let is_open = |field: &str| field.starts_with('*');
    let expression = Expression {
        minutes: MINUTE.parse(minute)?,
        hours: low(HOUR.parse(hour)?),
        days: low(DAY.parse(day)?),
        months: low(MONTH.parse(month)?),
        weekdays: low(from_sunday(weekday.parse(day_of_week)?)),
        either_day: !is_open(day) && !is_open(day_of_week),
        is_fixed: !is_open(minute) && !is_open(hour),
    };
    match expression.next_tick(&Zone::UTC, 0) {
        Some(_) => Ok(expression),
        None => Err(CronError::Never),
    }
}

/// Converts a bit mask to 32 bits. Only minutes need more bits, because the values of all other fields are below 32.
fn low(set: u64) -> u32 {
    u32::try_from(set & u64::from(u32::MAX)).unwrap_or(0)
}
