//! The clock and the timer of JavaScript.

use std::time::Duration;

use futures_util::future::BoxFuture;
use worker::send::SendFuture;

use crate::Timestamp;
use crate::host::TimeSource;

pub(super) struct JsClock;

pub(super) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`Date.now()` is a whole number of milliseconds"
    )]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis(millis)
}

/// The longest delay that `setTimeout` accepts. The number of milliseconds has to be a signed 32-bit integer. A timer
/// with a longer delay fires immediately (HTML standard, "timer initialization steps").
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl TimeSource for JsClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(SendFuture::new(worker::Delay::from(duration.min(LONGEST))))
    }
}
