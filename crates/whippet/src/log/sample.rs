//! Selects the sample of successful requests that are logged.

use std::str::FromStr;

use crate::trace::TraceContext;

/// The number of bits that [`TraceContext::random_bits`] returns.
const BITS: u32 = 56;

/// Selects a sample of all traces: the traces whose random bits are below `threshold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    threshold: u64,
}

impl Sample {
    /// Returns whether a trace is in the sample. All services that sample the same fraction of traces get the same
    /// result for a trace. A request and its tasks also get the same result, because they have the same trace.
    pub(super) fn contains(self, trace: &TraceContext) -> bool {
        trace.random_bits() < self.threshold
    }
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            threshold: u64::MAX,
        }
    }
}

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or("write a fraction from 0 to 1, such as 0.1")
    }
}

/// Parses a decimal number from 0 to 1, without `f64`, because the tables for parsing floats would enlarge the bundle.
fn parse(text: &str) -> Option<Sample> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(whole, "0" | "1") {
        return None;
    }
    let one = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = fraction.parse::<u64>().ok()? + if whole == "1" { one } else { 0 };
    let threshold = (u128::from(parts) << BITS) / u128::from(one);
    let threshold = u64::try_from(threshold).ok().filter(|_| parts <= one)?;
    Some(Sample { threshold })
}

#[cfg(test)]
mod tests {
    use super::{BITS, Sample};

    #[test]
    fn a_share_is_a_decimal_number_from_0_to_1() {
        let all = 1_u64 << BITS;
        for (text, threshold) in [
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
            let parsed = text.parse::<Sample>().ok();
            assert_eq!(parsed.map(|sample| sample.threshold), threshold, "{text:?}");
        }
    }
}
