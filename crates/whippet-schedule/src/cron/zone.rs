//! The UTC offsets of a time zone.

/// A time zone: its offsets from UTC in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone<'a> {
    /// The offset before the first transition.
    pub first: i32,
    /// The changes of the offset, in ascending order. A change has a time, in seconds since the Unix epoch, and the new
    /// offset.
    pub transitions: &'a [(u32, i32)],
}

/// A period in which a zone's offset does not change.
pub(super) struct Period {
    /// The start of the period, and the offset before the start. `None` for the first period.
    pub(super) start: Option<(i64, i64)>,
    pub(super) offset: i64,
    /// The start of the next period.
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
