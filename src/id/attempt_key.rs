//! The ids of attempts. The database computes them from two columns.

use whippet::Timestamp;

use super::is_id;

const PREFIX: &str = "atmpt";

/// The time has 11 hexadecimal digits. The other 16 digits are `seq`.
const TIME_DIGITS: usize = 11;

/// The columns from which the id of an attempt is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptKey {
    pub(crate) created_at: Timestamp,
    pub(crate) seq: i64,
}

impl AttemptKey {
    /// Decodes an id. Returns `None` for an id that is stored in the column `id` of an older attempt, and for an id that is
    /// not valid.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        if !is_id(id, PREFIX) {
            return None;
        }
        let digits = id.strip_prefix(PREFIX)?.strip_prefix('_')?;
        let (time, seq) = digits.split_at(TIME_DIGITS);
        Some(Self {
            created_at: Timestamp::from_millis(i64::from_str_radix(time, 16).ok()?),
            seq: i64::from_str_radix(seq, 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AttemptKey;

    #[test]
    fn an_id_contains_its_time_and_number() {
        let key = AttemptKey::parse("atmpt_199b9a4c000000000000000002a").unwrap();
        assert_eq!(key.created_at.as_millis(), 0x199_b9a4_c000);
        assert_eq!(key.seq, 42);
    }

    #[test]
    fn other_ids_have_no_key() {
        for id in [
            "",
            "atmpt_",
            "atmpt_2NwUcAbhbgKxqGJH8JvZJyHiQ7k",
            "msg_0199b9a4c00000000000000002a",
            "atmpt_0199b9a4c00ffffffffffffffff",
            "atmpt_+199b9a4c00000000000000002a",
        ] {
            assert_eq!(AttemptKey::parse(id), None, "{id}");
        }
    }
}
