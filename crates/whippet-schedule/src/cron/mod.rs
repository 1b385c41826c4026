//! Cron expressions as crontab(5) describes them, in a time zone.

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

/// A cron expression. Each set is a bit mask: bit `n` is the value `n`.
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
    /// If true, a day matches if its day of the month or its day of the week matches. This is the case if neither field
    /// starts with `*`. If false, both have to match.
    pub either_day: bool,
    /// Whether neither the minute nor the hour starts with `*`. If true, the ticks are times of day. A tick that the
    /// clocks skip takes place right after the gap. A tick in an hour that the clocks repeat takes place in the first
    /// of the two hours.
    pub is_fixed: bool,
}
