//! Random bytes and numbers. On wasm32, the host provides the random bytes.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// A source of cryptographically secure random bytes. Each host implements this trait.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The host's source of randomness. Handlers and tasks take a `Random` as an argument.
#[derive(Clone)]
pub struct Random(Arc<dyn Entropy>);

impl Random {
    pub(crate) fn new(source: Arc<dyn Entropy>) -> Self {
        Self(source)
    }

    /// Returns `N` random bytes, which are suitable for keys and secrets.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Creates a token that nobody can guess, such as the token of a session. The token contains 256 random bits in
    /// base64url: 43 letters, digits, `-` and `_`. Store its [digest](crate::Secret::digest), not the token.
    #[must_use]
    pub fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// Returns a random number in `0.0..1.0`.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        // Drops 11 of the 64 bits, because an `f64` can hold only 53 bits without rounding.
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
