//! Parses cron expressions as crontab(5) describes them, and finds their ticks in a time zone.

mod civil;
mod error;
mod field;
mod next;
mod parse;
mod zone;
#[cfg(feature = "zones")]
mod zones;

pub use error::CronError;
pub use parse::{parse, parse_cloudflare};
pub use zone::Zone;
#[cfg(feature = "zones")]
pub use zones::{ZoneData, zone};

/// A cron expression. Each field except the flags is a set of values, stored as a bit mask: bit `n` stands for the
/// value `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// The minutes, 0 to 59.
    pub minutes: u64,
    /// The hours, 0 to 23.
    pub hours: u32,
    /// The days of the month, 1 to 31.
    pub days: u32,
    /// The months, 1 to 12.
    pub months: u32,
    /// The days of the week, 0 (Sunday) to 6.
    pub weekdays: u32,
    /// True if neither the day of the month nor the day of the week starts with `*`. Then a day has to match only one
    /// of these two fields. Otherwise, a day has to match both.
    pub either_day: bool,
    /// True if neither the minute nor the hour starts with `*`, so that ticks are at fixed times of day. Then, if the
    /// clocks skip the time of a tick, the tick takes place at the end of the gap. If the clocks repeat the time of a
    /// tick, the tick takes place only at the first occurrence.
    pub is_fixed: bool,
}
