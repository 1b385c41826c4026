//! Time and randomness from JS.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::BoxFuture;
use worker::send::SendFuture;

use super::boundary;
use crate::Timestamp;
use crate::host::{Entropy, TimeSource};

pub(super) struct JsClock;

pub(super) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`Date.now()` is a whole number of milliseconds"
    )]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis(millis)
}

/// `setTimeout` takes a signed 32-bit number of milliseconds and fires at once beyond it (HTML, "timer initialization").
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl TimeSource for JsClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(SendFuture::new(worker::Delay::from(duration.min(LONGEST))))
    }
}

pub(super) struct JsEntropy;

/// Random bytes fetched at once: crossing the boundary costs more than making them.
const POOL: usize = 256;

impl Entropy for JsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        thread_local! {
            static LEFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        if bytes.len() > POOL / 4 {
            return boundary::fill_random(bytes);
        }
        LEFT.with_borrow_mut(|left| {
            if left.len() < bytes.len() {
                left.resize(POOL, 0);
                boundary::fill_random(left);
            }
            // Each byte is handed out once and leaves the pool.
            let rest = left.len() - bytes.len();
            bytes.copy_from_slice(&left[rest..]);
            left[rest..].fill(0);
            left.truncate(rest);
        });
    }
}
