//! The rate limiter of Workers, which counts requests separately in each Cloudflare location.

use worker::send::SendFuture;

use super::boundary;
use crate::layers::{Quota, RateLimitDecision, RateLimiter};
use crate::{Context, Problem};

/// Counts requests with a rate limiting binding (`[[ratelimits]]` in wrangler.toml), without a database query.
///
/// The binding in wrangler.toml enforces the limit. The quota of the layer `RateLimit` is only reported to clients, so
/// configure the same limit in the layer and in the binding. The binding does not report the remaining quota, so a
/// response has no `RateLimit` header, and `Retry-After` is always the whole window.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitBinding(&'static str);

impl RateLimitBinding {
    /// Creates a limiter that uses the binding with this name. If the Worker does not have the binding, requests are
    /// not counted, and an error is logged for each request.
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
                "the Worker's rate limiter {name} failed: {error}; see ratelimits in wrangler.toml"
            ))
        })?;
        Ok(RateLimitDecision {
            is_allowed: outcome.success,
            remaining: None,
            after: quota.window,
        })
    }
}
