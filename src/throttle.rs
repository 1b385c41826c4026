//! The throttle rates of endpoints and applications. A delivery over a rate waits for its slot.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::{Clock, Db, DbError, Query, Tasks, query, query_scalar};

/// Which slots a delivery has been given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slots {
    #[default]
    None,
    Endpoint,
    /// A slot of the endpoint and a slot of the application.
    Both,
}

impl Slots {
    /// Returns the name in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Endpoint => "endpoint",
            Self::Both => "both",
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// The throttle rates of a delivery, in deliveries per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) endpoint: Option<u16>,
    pub(crate) application: Option<u16>,
}

/// Gives a delivery its slots. Returns the slots that the delivery has now. If the delivery has to wait for its slot,
/// also returns the time until the slot. A delivery waits for its slot of the endpoint before it gets a slot of the
/// application, so that a slow endpoint does not use up slots of its application that other endpoints could use.
pub(crate) async fn next_slots(
    db: &Db,
    clock: &Clock,
    has: Slots,
    rates: Rates,
    (endpoint, application): (&str, &str),
) -> Result<(Slots, Duration), DbError> {
    if has < Slots::Endpoint
        && let Some(rate) = rates.endpoint
    {
        let (now, interval) = micros(clock, rate);
        let slot = query_scalar!(
            "update endpoints set next_slot = max(next_slot, :now) + :interval where id = :endpoint \
             returning next_slot"
        );
        let wait = until(slot.fetch_optional(db).await?, interval, now);
        if !wait.is_zero() {
            return Ok((Slots::Endpoint, wait));
        }
    }
    if has < Slots::Both
        && let Some(rate) = rates.application
    {
        let (now, interval) = micros(clock, rate);
        let slot = query_scalar!(
            "update applications set next_slot = max(next_slot, :now) + :interval where id = :application \
             returning next_slot"
        );
        let wait = until(slot.fetch_optional(db).await?, interval, now);
        if !wait.is_zero() {
            return Ok((Slots::Both, wait));
        }
    }
    Ok((Slots::Both, Duration::ZERO))
}

/// Returns two queries. With the first query, all deliveries that wait for a slot become due. The second query clears
/// the slots of these deliveries, so that each delivery gets a new slot at the new rate. With `retries`, deliveries that
/// wait for a retry become due too. `id` is the id of an endpoint or of an application.
pub(crate) fn make_due(tasks: &Tasks, id: &str, retries: bool) -> [Query; 2] {
    let waiting = query_scalar!(
        "select id from tasks where name = 'deliver' and state = 'pending' and ready = 0 and lease is null \
         and concurrency_key in (select id from endpoints where id = :id or app_id = :id) \
         {if not :retries and json_extract(args, '$.slots') <> 'none'}"
    );
    let take_slots = query!(
        "update tasks set args = json_remove(args, '$.slots') where name = 'deliver' and state = 'pending' \
         and ready = 1 and lease is null \
         and concurrency_key in (select id from endpoints where id = :id or app_id = :id)"
    );
    [tasks.make_due(waiting), take_slots]
}

/// Returns the current time and the interval between two slots, both in microseconds.
fn micros(clock: &Clock, rate: u16) -> (i64, i64) {
    let interval = 1_000_000 / i64::from(rate.max(1));
    (clock.now().as_millis() * 1000, interval)
}

/// Returns the time until the slot before `next_slot`, rounded up to whole milliseconds. A delivery whose endpoint was
/// just deleted does not wait.
fn until(next_slot: Option<i64>, interval: i64, now: i64) -> Duration {
    let wait = next_slot.map_or(0, |next| next - interval - now);
    let micros = u64::try_from(wait).unwrap_or(0);
    Duration::from_millis(micros.div_ceil(1000))
}
