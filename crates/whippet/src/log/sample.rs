//! Which successful requests are logged, where not all are.

use std::str::FromStr;

use crate::trace::Trace;

/// How many bits [`Trace::draw`] has.
const BITS: u32 = 56;

/// A share of all traces: those whose draw is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    below: u64,
}

impl Sample {
    /// The same answer wherever a trace is seen: in a request, in its tasks, and in services with the same share.
    pub(super) fn has(self, trace: &Trace) -> bool {
        trace.draw() < self.below
    }
}

impl Default for Sample {
    fn default() -> Self {
        Self { below: u64::MAX }
    }
}

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or("write a share from 0 to 1, as in 0.1")
    }
}

/// Without floating point: the tables that it is read with are a good part of a bundle.
fn read(text: &str) -> Option<Sample> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(whole, "0" | "1") {
        return None;
    }
    let one = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = fraction.parse::<u64>().ok()? + if whole == "1" { one } else { 0 };
    let below = (u128::from(parts) << BITS) / u128::from(one);
    let below = u64::try_from(below).ok().filter(|_| parts <= one)?;
    Some(Sample { below })
}

#[cfg(test)]
mod tests {
    use super::{BITS, Sample};

    #[test]
    fn a_share_is_a_decimal_number_from_0_to_1() {
        let all = 1_u64 << BITS;
        for (text, below) in [
            ("0", Some(0)),
            ("0.0", Some(0)),
            ("1", Some(all)),
            ("1.00", Some(all)),
            ("0.5", Some(all / 2)),
            ("0.0625", Some(all / 16)),
            ("0.000000000000000001", Some(0)),
            ("1.01", None),
            ("2", None),
            ("-1", None),
            ("0.", None),
            (".5", None),
            ("0,5", None),
            ("0.+5", None),
            ("0.00000000000000000000000000000000000001", None),
            ("", None),
        ] {
            let read = text.parse::<Sample>().ok().map(|sample| sample.below);
            assert_eq!(read, below, "{text:?}");
        }
    }
}
