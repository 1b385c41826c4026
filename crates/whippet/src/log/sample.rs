//! Which successful requests are logged, where not all are.

use std::str::FromStr;

use crate::trace::Trace;

/// How many values [`Trace::draw`] has.
const DRAWS: f64 = (1_u64 << 56) as f64;

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
        let share = text.parse::<f64>().ok();
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        let share = share.ok_or("write a share from 0 to 1, as in 0.1")?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 2^56"
        )]
        let below = (share * DRAWS) as u64;
        Ok(Self { below })
    }
}
