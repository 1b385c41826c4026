//! Buffers random bytes, because a call to the host costs more time than generating the bytes.

use std::sync::{Mutex, PoisonError};

use super::Entropy;

/// How many random bytes one call to the host fetches.
const SIZE: usize = 1024;

/// A buffer of bytes from the host's random generator.
pub(super) struct RandomBuffer {
    unused: Mutex<Vec<u8>>,
    generate: fn(&mut [u8]),
}

impl RandomBuffer {
    /// Creates an empty buffer. `generate` fills the buffer when it has too few bytes.
    pub(super) fn new(generate: fn(&mut [u8])) -> Self {
        Self {
            unused: Mutex::default(),
            generate,
        }
    }
}

impl Entropy for RandomBuffer {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > SIZE / 4 {
            return (self.generate)(bytes);
        }
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        if unused.len() < bytes.len() {
            unused.resize(SIZE, 0);
            (self.generate)(&mut unused);
        }
        // Each byte is used once and then erased from the buffer.
        let rest = unused.len() - bytes.len();
        bytes.copy_from_slice(&unused[rest..]);
        unused[rest..].fill(0);
        unused.truncate(rest);
    }
}
