//! Finds the next tick of an expression.

use super::civil::{month_and_day, weekday};
use super::{Expression, Zone};

const DAY: i64 = 24 * 3600;

/// The length of the searched period, in seconds: 50 years. It must be longer than the longest time between two ticks.
/// For example, the 29th of February is a Monday every 28 years, but around 2100, which is not a leap year, this can
/// take 40 years.
const HORIZON: i64 = 50 * 366 * DAY;

impl Expression {
    /// Returns the first tick after `time`, or `None` if the expression has no tick in the 50 years after `time`. Both
    /// times are in seconds since the Unix epoch.
    ///
    /// The clocks of a time zone skip some local times and repeat others. If [`is_fixed`](Self::is_fixed) is true, one
    /// tick at the end of a gap replaces all ticks in the gap, and a repeated time has a tick only at its first
    /// occurrence. Otherwise, there is a tick whenever a clock shows a matching time.
    #[must_use]
    pub fn next_tick(&self, zone: &Zone<'_>, time: i64) -> Option<i64> {
        let limit = time.saturating_add(HORIZON);
        let mut time = time.saturating_add(1);
        while time < limit {
            let period = zone.period(time);
            if let Some((start, offset_before)) = period.start.filter(|_| self.is_fixed) {
                let gap = start + offset_before..start + period.offset;
                if time == start && self.next_local(gap.start, gap.end).is_some() {
                    return Some(start);
                }
                // When the clocks go back, they repeat some local times. Skips the repetition.
                time = time.max(gap.start - period.offset);
            }
            let end = period.end.min(limit);
            let tick = self.next_local(
                time.saturating_add(period.offset),
                end.saturating_add(period.offset),
            );
            if let Some(local) = tick {
                return Some(local - period.offset);
            }
            time = end;
        }
        None
    }

    /// Returns the first matching local time between `start` (inclusive) and `end` (exclusive). Local times are in
    /// seconds since 1970-01-01T00:00:00 local time.
    fn next_local(&self, start: i64, end: i64) -> Option<i64> {
        let start = start.saturating_add(59).div_euclid(60);
        let (mut day, mut minute) = (start.div_euclid(24 * 60), start.rem_euclid(24 * 60));
        while day * DAY < end {
            let (month, of_month, left) = month_and_day(day);
            if self.months & (1 << month) == 0 {
                (day, minute) = (day + left + 1, 0);
                continue;
            }
            if self.matches_day(of_month, weekday(day))
                && let Some(minute) = self.next_in_day(minute)
            {
                let found = day * DAY + minute * 60;
                return (found < end).then_some(found);
            }
            (day, minute) = (day + 1, 0);
        }
        None
    }

    fn matches_day(&self, of_month: u32, of_week: u32) -> bool {
        let of_month = self.days & (1 << of_month) != 0;
        let of_week = self.weekdays & (1 << of_week) != 0;
        match self.either_day {
            true => of_month || of_week,
            false => of_month && of_week,
        }
    }

    /// Returns the first matching minute of the day that is not before `minute`.
    fn next_in_day(&self, minute: i64) -> Option<i64> {
        let hour = minute / 60;
        if self.hours >> hour & 1 == 1 {
            let left = self.minutes >> (minute % 60);
            if left != 0 {
                return Some(minute + i64::from(left.trailing_zeros()));
            }
        }
        let later = self.hours & u32::MAX << (hour + 1);
        let hour = later.trailing_zeros();
        (later != 0).then(|| i64::from(hour * 60 + self.minutes.trailing_zeros()))
    }
}
