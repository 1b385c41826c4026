//! Services of the test host: the page `/docs`, randomness and wake-ups.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::lock;
use crate::host::{Budget, Entropy, ReadDocs, WakeUp};

/// Reads the files of the page `/docs`. Only a native program contains these files.
#[cfg(not(target_arch = "wasm32"))]
pub(super) const READ_DOCS: Option<ReadDocs> = Some(crate::host::native::docs::read);
#[cfg(target_arch = "wasm32")]
pub(super) const READ_DOCS: Option<ReadDocs> = None;

/// The random generator SplitMix64 (Steele, Lea and Flood, 2014). With the same seed, it returns the same bytes in
/// every run.
#[derive(Debug)]
pub(super) struct Seeded(Mutex<u64>);

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = lock(&self.0);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A wake-up that does nothing, because a test runs due tasks itself.
#[derive(Debug)]
pub(super) struct NoWakeUp;

impl WakeUp for NoWakeUp {
    fn wake(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn budget(&self) -> Budget {
        Budget {
            max_concurrent: 16,
            attempts: 1000,
            time: Duration::MAX,
            isolates_crashed: false,
        }
    }
}
