//! Waiting on a condition, never longer than told.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a delivery that nothing holds up may take: a queue hop or a sweep on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Asks until the answer is there.
///
/// # Panics
/// When it is not there in time; the message ends with what `probe` last saw.
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

/// Lets threads through once it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits for `open`, or for `at_most`.
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
