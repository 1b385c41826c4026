//! Analyzes date and time functions. They return null if they cannot read their arguments as a time.

use sqlite3_parser::ast::{Expr, Literal, UnaryOperator};

use super::scope::unquoted;
use super::value::{Types, Value};

/// Returns the inferred type and nullability of a date function. Returns `None` if no date function has this name.
pub(super) fn call(name: &str, arguments: &[Expr<'_>]) -> Option<Value> {
    let (format, times) = match name {
        "strftime" => arguments
            .split_first()
            .map(|(format, times)| (Some(format), times))?,
        _ => (None, arguments),
    };
    let is_valid = format.is_none_or(is_format) && is_time(times);
    let value = match name {
        "date" | "time" | "datetime" | "strftime" => Value::TEXT,
        "julianday" => Value::REAL,
        "unixepoch" => Value::of(if times.iter().any(may_have_fractions) {
            Types::INTEGER.union(Types::REAL)
        } else {
            Types::INTEGER
        }),
        "timediff" => Value::TEXT.or_null(true),
        _ => return None,
    };
    Some(
        Value {
            infinite: false,
            ..value
        }
        .or_null(!is_valid),
    )
}

/// Returns whether SQLite can always read the arguments as a time. This is certain if there are no arguments. It is
/// also certain if the first argument is `now` or a date in quotes, and every other argument is a modifier that always
/// results in a valid time.
fn is_time(arguments: &[Expr<'_>]) -> bool {
    let Some((time, modifiers)) = arguments.split_first() else {
        return true;
    };
    let time = text(time).unwrap_or_default();
    let is_date = time.len() == 10
        && time.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && ("01".."13").contains(&&time[5..7])
        && ("01".."29").contains(&&time[8..10])
        && ("1000".."3000").contains(&&time[..4]);
    (time.eq_ignore_ascii_case("now") || is_date) && modifiers.iter().all(is_modifier)
}

fn is_modifier(argument: &Expr<'_>) -> bool {
    let modifier = text(argument).unwrap_or_default().to_ascii_lowercase();
    match modifier.as_str() {
        "start of day" | "start of month" | "start of year" | "utc" | "subsec" | "subsecond" => {
            true
        }
        other => is_shift(other).unwrap_or(false),
    }
}

/// Returns whether a modifier such as `-7 days` moves the time by less than about a thousand years. The result is then
/// always a valid time. Returns `None` for any other modifier.
fn is_shift(modifier: &str) -> Option<bool> {
    let (number, unit) = modifier.split_once(' ')?;
    let number: u32 = number.trim_start_matches(['+', '-']).parse().ok()?;
    let most = match unit.trim_end_matches('s') {
        "second" | "minute" | "hour" => 1_000_000,
        "day" => 100_000,
        "month" => 10_000,
        "year" => 900,
        _ => return None,
    };
    Some(number < most)
}

/// Returns whether `strftime` with this format returns text for every valid time.
fn is_format(argument: &Expr<'_>) -> bool {
    let format = text(argument).unwrap_or_default();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        let known = |specifier: char| "dfHjJmMsSwWY%".contains(specifier);
        if char == '%' && !chars.next().is_some_and(known) {
            return false;
        }
    }
    !format.is_empty()
}

/// Returns whether `unixepoch` may return fractions of a second because of this argument.
fn may_have_fractions(argument: &Expr<'_>) -> bool {
    text(argument).is_none_or(|text| text.to_ascii_lowercase().starts_with("subsec"))
        && !matches!(
            argument,
            Expr::Id(_) | Expr::Qualified(..) | Expr::Unary(UnaryOperator::Negative, _)
        )
}

fn text(argument: &Expr<'_>) -> Option<String> {
    match argument {
        Expr::Literal(Literal::String(text)) => Some(unquoted(text)),
        _ => None,
    }
}
