//! Quotas for callers that only the handler can identify.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::quota::Quota;
use super::rate_limit::{RateLimiter, SqlRateLimiter};
use crate::extract::Argument;
use crate::openapi::OperationBuilder;
use crate::problem::types::RATE_LIMITED;
use crate::routing::Reads;
use crate::{Context, Problem};

/// Counts requests from callers that only the handler can identify, such as the account in the body of a sign-in
/// request. Use [`RateLimited`](super::RateLimited) for a caller that a dependency resolves. `RateLimited` cannot use
/// the body, because it counts a request before the body is read.
///
/// Requests are counted in the database: copy [`SqlRateLimiter::SCHEMA`] into a migration.
///
/// ```
/// use std::time::Duration;
/// use serde::Deserialize;
/// use whippet::layers::{Quota, Quotas};
/// use whippet::{Json, NoContent, Problem, post};
///
/// #[derive(Deserialize, schemars::JsonSchema)]
/// struct SignIn {
///     email: String,
/// }
///
/// #[post("/sign-ins")]
/// async fn sign_in(quotas: Quotas, Json(given): Json<SignIn>) -> Result<NoContent, Problem> {
///     let quota = Quota::new("account", 5, Duration::from_secs(60));
///     quotas.take(&quota, &given.email).await?;
///     Ok(NoContent) // check the password here
/// }
/// # let _ = sign_in;
/// ```
#[derive(Debug, Clone)]
pub struct Quotas(Context);

impl Quotas {
    /// Counts a request from the caller `key`. A request that cannot be counted is allowed, and the error is logged.
    ///
    /// # Errors
    ///
    /// Returns a 429 problem with `Retry-After` if the request is over the quota.
    pub async fn take(&self, quota: &Quota, key: &str) -> Result<(), Problem> {
        let decision = SqlRateLimiter.take(&self.0, &quota.hash(key), quota).await;
        match quota.logged(decision) {
            Some(decision) if !decision.is_allowed => {
                Err(quota.reject(RATE_LIMITED.with_detail(""), &decision))
            }
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<Context> for Quotas {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Infallible> {
        Ok(Self(context.clone()))
    }
}

impl Argument for Quotas {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        describe_rejection(operation);
    }
}

/// Describes the response to a request over a quota.
pub(super) fn describe_rejection(operation: &mut OperationBuilder<'_>) {
    operation.problem(&RATE_LIMITED);
    operation.response_header(
        StatusCode::TOO_MANY_REQUESTS,
        "Retry-After",
        "The number of seconds after which the next request is allowed.",
    );
}
