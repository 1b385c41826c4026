//! Randomness, which on wasm32 only the host has.

use std::sync::Arc;

/// What a host implements: cryptographically secure random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The host's randomness: taken as an argument by handlers and tasks.
#[derive(Clone)]
pub struct Random(Arc<dyn Entropy>);

impl Random {
    pub(crate) fn new(source: Arc<dyn Entropy>) -> Self {
        Self(source)
    }

    /// `N` random bytes, fit for keys and secrets.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A number in `0.0..1.0`.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        // The 53 bits that an f64 holds exactly.
        let bits = u64::from_le_bytes(self.bytes()) >> 11;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = bits as f64 / (1_u64 << 53) as f64;
        fraction
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}
