//! Waiting for a condition, with a time limit.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The time limit for a delivery that has no delay. The limit is long enough for a queue or a sweep on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Calls `probe` until it returns `Ok`, and returns the value in `Ok`.
///
/// # Panics
/// Panics if `probe` does not return `Ok` within the limit. The panic message ends with the last error of
/// `probe`.
pub(crate) fn eventually<T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + within;
    loop {
        match probe() {
            Ok(found) => return found,
            Err(seen) if Instant::now() > deadline => {
                panic!("{what}: not within {within:?}; last seen: {seen}")
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// A gate that blocks threads until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until the gate is open, for at most `at_most`.
    pub(crate) fn pass(&self, at_most: Duration) {
        let closed = self.0.0.lock().unwrap();
        drop(
            self.0
                .1
                .wait_timeout_while(closed, at_most, |open| !*open)
                .unwrap(),
        );
    }
}
