//! The header `Range` (RFC 9110 section 14.1.2).

use std::fmt;

/// A range of bytes. `start` is the index of the first byte, and `end` is the index after the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The part of a file that a `Range` header requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file, because the header is ignored (RFC 9110 section 14.2). This is so if the header is not valid,
    /// contains several ranges, or has another unit than `bytes`.
    Whole,
    Part(ByteRange),
    /// The range contains no byte of the file.
    Nothing,
}

impl ByteRange {
    /// Parses the value of the header `Range` for a file of `size` bytes.
    pub(super) fn parse(value: &str, size: u64) -> Wanted {
        let Some((unit, range)) = value.split_once('=') else {
            return Wanted::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else {
            return Wanted::Whole;
        };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Wanted::Whole;
        }
        let (start, end) = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(size)),
            (Some(first), None) if last.is_empty() => (first, size),
            // The request asks for the last bytes of an empty file. A 206 is not possible, because its `Content-Range`
            // cannot express a range of zero bytes.
            (None, Some(1..)) if first.is_empty() && size == 0 => return Wanted::Whole,
            // The request asks for the last bytes of the file.
            (None, Some(length)) if first.is_empty() => (size.saturating_sub(length), size),
            _ => return Wanted::Whole,
        };
        match start < end {
            true => Wanted::Part(Self { start, end }),
            false => Wanted::Nothing,
        }
    }
}

/// Parses a number that consists of digits. If the number is too large for a `u64`, returns the largest `u64`.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Writes the indices of the first and the last byte, as in the header `Content-Range`.
impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteRange, Wanted};

    #[test]
    fn a_range_is_cut_at_the_end_of_the_file() {
        let part = |start, end| Wanted::Part(ByteRange { start, end });
        for (value, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 5)),
            ("BYTES = 2-4", part(2, 5)),
            ("bytes=2-", part(2, 10)),
            ("bytes=2-99", part(2, 10)),
            ("bytes=2-99999999999999999999999", part(2, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-99", part(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(ByteRange::parse(value, 10), expected, "{value:?}");
        }
        for value in ["bytes=0-0", "bytes=0-", "bytes=-0"] {
            assert_eq!(ByteRange::parse(value, 0), Wanted::Nothing, "{value:?}");
        }
        assert_eq!(ByteRange::parse("bytes=-1", 0), Wanted::Whole);
    }
}
