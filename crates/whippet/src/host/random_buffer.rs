//! Random bytes fetched ahead: asking the host for them costs more than making them.

use std::sync::{Mutex, PoisonError};

use super::Entropy;

/// Random bytes fetched at once.
const SIZE: usize = 1024;

/// A pool in front of the host's generator.
pub(super) struct RandomBuffer {
    left: Mutex<Vec<u8>>,
    generate: fn(&mut [u8]),
}

impl RandomBuffer {
    /// A pool that `generate` fills.
    pub(super) fn new(generate: fn(&mut [u8])) -> Self {
        Self {
            left: Mutex::default(),
            generate,
        }
    }
}

impl Entropy for RandomBuffer {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > SIZE / 4 {
            return (self.generate)(bytes);
        }
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() < bytes.len() {
            left.resize(SIZE, 0);
            (self.generate)(&mut left);
        }
        // Each byte is handed out once and leaves the pool.
        let rest = left.len() - bytes.len();
        bytes.copy_from_slice(&left[rest..]);
        left[rest..].fill(0);
        left.truncate(rest);
    }
}
