//! Finds the ticks that are due.

use std::time::Duration;

use super::{Cron, Missed};
use crate::Timestamp;

/// A tick that is enqueued later than this counts as missed. On Workers and Spin, only a sweep enqueues ticks, so every
/// tick is a little late.
const GRACE: Duration = Duration::from_secs(300);

/// The maximum number of ticks that one transaction enqueues for a schedule with `Missed::All`.
const MOST: usize = 100;

const HOUR: Duration = Duration::from_secs(3600);

/// The search for the latest tick starts with the last hour. If it finds no tick there, it continues with longer
/// periods. If the last hour has a tick, the earlier ticks of the last year are not visited.
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
    /// The last tick that is due or missed.
    pub(super) last: Timestamp,
}

impl Cron {
    /// Returns the first tick after `time`.
    pub(super) fn next(&self, time: Timestamp) -> Option<Timestamp> {
        let next = self.expression.next_tick(&self.zone, time.as_seconds())?;
        Some(Timestamp::from_millis(next.saturating_mul(1000)))
    }

    /// Returns the ticks for which the caller must enqueue tasks. The ticks are later than `last`, and not later than
    /// `now`. Returns `None` if the schedule has no tick in this time.
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

    /// Returns the latest tick that is later than `last`, and not later than `now`.
    fn latest(&self, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let starts = WINDOWS.map(|window| now - window).into_iter();
        let mut starts = starts.filter(|start| *start > last).chain([last]);
        starts.find_map(|start| self.ticks(start, now).last())
    }

    /// Returns the ticks that are later than `after`, and not later than `until`.
    pub(crate) fn ticks(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = Timestamp> {
        let next = |time: &Timestamp| self.next(*time);
        std::iter::successors(self.next(after), next).take_while(move |tick| *tick <= until)
    }
}
