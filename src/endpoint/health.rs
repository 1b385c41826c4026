//! Disables an endpoint whose attempts have failed for days.
//!
//! The rule is the same as in Svix: an endpoint is disabled if an attempt fails at least 5 days after the first
//! failure, and no attempt has succeeded since then. The 5 days count only if several attempts fail, with at least 12
//! hours between the first and the last of these failures, and at most 24 hours between one failure and the next. So
//! two messages that fail a week apart do not disable the endpoint.

use std::time::Duration;

use whippet::{Query, Timestamp, query};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long an endpoint fails before it is disabled.
const FAILING: Duration = DAY.saturating_mul(5);

/// How many attempts have to fail before an endpoint is disabled.
const SEVERAL: u32 = 3;

/// The minimum time between the first and the last failure. Until this time has passed, the time between one failure
/// and the next must not exceed [`DAY`].
const SPREAD: Duration = Duration::from_secs(12 * 3600);

/// Returns the query that resets the recorded failures of an endpoint after an attempt has succeeded.
pub(crate) fn succeeded(endpoint: &str) -> Query {
    query!(
        "update endpoints set failing_since = 0, failed_at = 0, failures = 0 where id = :endpoint and failing_since > 0"
    )
}

/// Returns the queries that record a failed attempt, and disable the endpoint if it has failed for too long. Also returns
/// whether they disable the endpoint. `failing_since` is the time of the first failure, or 0. `failed_at` is the time
/// of the last failure, and `failures` is the number of failures.
pub(crate) fn failed(
    endpoint: &str,
    (failing_since, failed_at, failures): (Timestamp, Timestamp, u32),
    now: Timestamp,
) -> (Vec<Query>, bool) {
    let spread = i64::try_from(SPREAD.as_millis()).unwrap_or(i64::MAX);
    // After a day without a failure, the count and the 5 days start again, unless the endpoint had failed for half a
    // day before.
    let record = query!(
        "update endpoints set \
         failing_since = iif(failing_since > 0 and (failed_at > :day_ago or failed_at - failing_since >= :spread), \
           failing_since, :now), \
         failures = iif(failing_since > 0 and (failed_at > :day_ago or failed_at - failing_since >= :spread), \
           failures + 1, 1), \
         failed_at = :now where id = :endpoint",
        day_ago = now - DAY,
    );
    let limit = now - FAILING;
    if failing_since.as_millis() == 0 || failing_since > limit {
        return (vec![record], false);
    }
    let disable = query!(
        "update endpoints set disabled = true, updated_at = :now where id = :endpoint and not disabled \
         and failing_since > 0 and failing_since <= :limit and failures >= :several",
        several = SEVERAL,
    );
    let goes_on = failed_at > now - DAY || failed_at.since(failing_since) >= SPREAD;
    (vec![record, disable], goes_on && failures + 1 >= SEVERAL)
}
