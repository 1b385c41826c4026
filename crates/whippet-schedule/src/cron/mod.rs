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

/// A cron expression. Each set is a bit mask: bit `n` stands for the value `n`.
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
    /// Whether neither the day of the month nor the day of the week starts with `*`. If true, a day matches if at least
    /// one of these two fields matches. If false, both fields must match.
    pub either_day: bool,
    /// Whether neither the minute nor the hour starts with `*`. If true, the ticks are times of day. If the clocks skip
    /// the time of a tick, the tick takes place right after the gap. If the clocks repeat an hour, a tick in this hour
    /// takes place only the first time.
    pub is_fixed: bool,
}
