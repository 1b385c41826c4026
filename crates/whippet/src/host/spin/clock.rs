//! The host's time and randomness.

use std::time::Duration;

use futures_util::future::BoxFuture;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random;

use crate::Timestamp;
use crate::host::TimeSource;

pub(super) struct WasiClock;

pub(super) fn now() -> Timestamp {
    let now = system_clock::now();
    Timestamp::from_millis(now.seconds * 1000 + i64::from(now.nanoseconds / 1_000_000))
}

impl TimeSource for WasiClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Box::pin(monotonic_clock::wait_for(nanoseconds))
    }
}

/// Fills `bytes` from the host's generator, which may return fewer bytes than requested.
pub(super) fn fill_random(bytes: &mut [u8]) {
    let mut filled = 0;
    while filled < bytes.len() {
        let chunk = random::get_random_bytes((bytes.len() - filled) as u64);
        let end = (filled + chunk.len()).min(bytes.len());
        bytes[filled..end].copy_from_slice(&chunk[..end - filled]);
        filled = end;
    }
}
