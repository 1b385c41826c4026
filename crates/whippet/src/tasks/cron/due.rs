//! Finds the ticks that are due.

use std::time::Duration;

use super::{Cron, Missed};
use crate::Timestamp;

/// A tick that has not been enqueued after this time counts as missed. On Workers and Spin, every tick is a little
/// late, because only a sweep enqueues ticks.
const GRACE: Duration = Duration::from_secs(300);

/// For a schedule with `Missed::All`, the maximum number of ticks that one transaction enqueues.
const MOST: usize = 100;

const HOUR: Duration = Duration::from_secs(3600);

/// The periods in which the latest tick is searched, from the shortest to the longest. If the last hour contains a
/// tick, the search does not have to visit all ticks of the last year.
const WINDOWS: [Duration; 4] = [
    HOUR,
    Duration::from_secs(24 * 3600),
    Duration::from_secs(32 * 24 * 3600),
    Duration::from_secs(400 * 24 * 3600),
];

/// The ticks that are due.
#[derive(Debug)]
pub(super) struct Due {
    /// One task is enqueued for each of these ticks.
    pub(super) ticks: Vec<Timestamp>,
    /// The tick to record as the last tick of the schedule.
    pub(super) last: Timestamp,
}

impl Cron {
    /// Returns the first tick after `time`.
    pub(super) fn next(&self, time: Timestamp) -> Option<Timestamp> {
        let next = self.expression.next_tick(&self.zone, time.as_seconds())?;
        Some(Timestamp::from_millis(next.saturating_mul(1000)))
    }

    /// Returns the ticks between `last` and `now` for which the caller must enqueue tasks. A tick at `last` does not
    /// count, and a tick at `now` does. Returns `None` if the schedule has no tick in this period.
    pub(super) fn due(&self, last: Timestamp, now: Timestamp) -> Option<Due> {
        self.ticks(last, now).next()?;
        if self.missed == Missed::All {
            let ticks: Vec<_> = self.ticks(last, now).take(MOST).collect();
            let last = *ticks.last()?;
            return Some(Due { ticks, last });
        }
        let latest = self.latest(last, now)?;
        let mut ticks: Vec<_> = self.ticks(last.max(now - GRACE), now).collect();
        if ticks.is_empty() && self.missed == Missed::Once {
            ticks.push(latest);
        }
        Some(Due {
            ticks,
            last: latest,
        })
    }

    /// Returns the latest tick in a period. The period excludes the time `last` and includes the time `now`.
    fn latest(&self, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let starts = WINDOWS.map(|window| now - window).into_iter();
        let mut starts = starts.filter(|start| *start > last).chain([last]);
        starts.find_map(|start| self.ticks(start, now).last())
    }

    /// Returns the ticks in a period. The period excludes the time `after` and includes the time `until`.
    pub(crate) fn ticks(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = Timestamp> {
        let next = |time: &Timestamp| self.next(*time);
        std::iter::successors(self.next(after), next).take_while(move |tick| *tick <= until)
    }
}
