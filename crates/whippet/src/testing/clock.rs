//! A virtual clock.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::lock;
use crate::Timestamp;
use crate::host::TimeSource;

/// A clock that moves only when the test advances it. When the clock moves, it wakes the futures whose sleep has ended.
#[derive(Debug, Clone)]
pub(super) struct VirtualClock(Arc<Mutex<Timers>>);

#[derive(Debug)]
struct Timers {
    now: Timestamp,
    /// How many timers have been created so far.
    created: u64,
    sleeping: BTreeMap<Key, Waker>,
}

/// The key of a timer. It contains the time at which the timer ends, and a number that makes the key unique.
type Key = (Timestamp, u64);

impl VirtualClock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Timers {
            now,
            created: 0,
            sleeping: BTreeMap::new(),
        })))
    }

    /// Returns the time at which the next timer ends.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let timers = lock(&self.0);
        timers.sleeping.keys().next().map(|(end, _)| *end)
    }

    /// Returns how many timers have been created so far.
    pub(super) fn created(&self) -> u64 {
        lock(&self.0).created
    }

    /// Moves the clock without ending any timer. Does nothing if the time `to` has already passed.
    pub(super) fn jump(&self, to: Timestamp) {
        let mut timers = lock(&self.0);
        timers.now = timers.now.max(to);
    }

    /// Moves the clock, and ends every timer that is due by the new time.
    pub(super) fn move_to(&self, to: Timestamp) {
        self.jump(to);
        let mut timers = lock(&self.0);
        let end = (timers.now, u64::MAX);
        let later = timers.sleeping.split_off(&end);
        let due = std::mem::replace(&mut timers.sleeping, later);
        drop(timers);
        due.into_values().for_each(Waker::wake);
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> Timestamp {
        lock(&self.0).now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut timers = lock(&self.0);
        timers.created += 1;
        let key = (timers.now + duration, timers.created);
        if key.0 > timers.now {
            timers.sleeping.insert(key, Waker::noop().clone());
        }
        drop(timers);
        Box::pin(Sleep {
            clock: self.clone(),
            key,
        })
    }
}

/// A sleep in virtual time, as a future. When the clock reaches the end of the sleep, `move_to` removes the future's
/// key from `sleeping`, and wakes the future.
struct Sleep {
    clock: VirtualClock,
    key: Key,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match lock(&self.clock.0).sleeping.get_mut(&self.key) {
            Some(waker) => {
                waker.clone_from(context.waker());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        lock(&self.clock.0).sleeping.remove(&self.key);
    }
}
