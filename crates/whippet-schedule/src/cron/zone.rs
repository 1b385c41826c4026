//! Finds the UTC offset of a time zone at a time.

/// A time zone. All offsets are in seconds, and are added to UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone<'a> {
    /// The offset before the first transition.
    pub first: i32,
    /// The changes of the offset, sorted by time. Each change consists of its time, in seconds since the Unix epoch,
    /// and the offset from this time on.
    pub transitions: &'a [(u32, i32)],
}

/// A period in which the offset of a zone stays the same.
pub(super) struct Period {
    /// The time at which the period starts, and the offset before this time. `None` for the first period.
    pub(super) start: Option<(i64, i64)>,
    pub(super) offset: i64,
    /// The time at which the next period starts.
    pub(super) end: i64,
}

impl Zone<'_> {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self {
        first: 0,
        transitions: &[],
    };

    /// Returns the period that contains this time.
    pub(super) fn period(&self, time: i64) -> Period {
        let started = self
            .transitions
            .partition_point(|(start, _)| i64::from(*start) <= time);
        let offset = |number: usize| {
            let before = number
                .checked_sub(1)
                .and_then(|at| self.transitions.get(at));
            i64::from(before.map_or(self.first, |(_, offset)| *offset))
        };
        let start = started.checked_sub(1).and_then(|before| {
            let (start, _) = self.transitions.get(before)?;
            Some((i64::from(*start), offset(before)))
        });
        let end = self.transitions.get(started);
        Period {
            start,
            offset: offset(started),
            end: end.map_or(i64::MAX, |(start, _)| i64::from(*start)),
        }
    }
}
