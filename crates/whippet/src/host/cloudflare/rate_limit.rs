//! The rate limiter of Workers, which counts in the location that the request came to.

use worker::send::SendFuture;

use super::boundary;
use crate::layers::{Quota, RateLimitDecision, RateLimiter};
use crate::{Context, Problem};

/// Counts by a rate limiting binding (`[[ratelimits]]` in wrangler.toml), which costs no query.
///
/// How many requests in which time is said by the binding; the quota of the layer is what clients are told, so the two should
/// agree. What is left it does not say, so `RateLimit` is not sent, and `Retry-After` is the whole window.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitBinding(&'static str);

impl RateLimitBinding {
    /// The binding of this name. Where the Worker has none, requests are not counted, and the log says so.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self(name)
    }
}

impl RateLimiter for RateLimitBinding {
    async fn take(
        &self,
        _: &Context,
        key: &[u8],
        quota: &Quota,
    ) -> Result<RateLimitDecision, Problem> {
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = self.0;
        let outcome = SendFuture::new(async move {
            let env = boundary::ENVIRONMENT.with(Clone::clone);
            env.rate_limiter(name)?.limit(key).await
        });
        let outcome = outcome.await;
        let outcome = outcome.map_err(|error| {
            Problem::internal(format!(
                "the Worker's rate limiter {name} does not answer: {error}; see ratelimits in wrangler.toml"
            ))
        })?;
        Ok(RateLimitDecision {
            is_allowed: outcome.success,
            remaining: None,
            after: quota.window,
        })
    }
}
