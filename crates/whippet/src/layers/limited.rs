//! A rate limit as an argument of an operation.

use std::any::Any;
use std::marker::PhantomData;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::quota::{Quota, RateLimitDecision};
use super::quotas::describe_rejection;
use super::rate_limit::{RateLimiter, SqlRateLimiter};
use crate::extract::{Argument, ArgumentCheck};
use crate::openapi::OperationBuilder;
use crate::problem::types::RATE_LIMITED;
use crate::routing::{Around, Next, Reads, enter, has_entered};
use crate::{Context, Problem};

/// A caller to whom limits apply, such as the user or the tenant that a dependency resolves.
pub trait CallerKey: FromRequestParts<Context> + Argument + Send + 'static {
    /// Returns text that identifies the caller, such as the user's id. The text must stay the same when the caller's
    /// credentials are renewed.
    fn key(&self) -> String;
}

/// A policy for [`RateLimited`]: how many requests a caller may send.
pub trait RateLimitPolicy: Send + Sync + 'static {
    /// The dependency that resolves the caller.
    type Caller: CallerKey;

    /// Returns the quota of a caller. Policies whose quotas have the same name count a caller's requests together.
    fn quota(caller: &Self::Caller) -> Quota;

    /// Counts a request. The default implementation counts in the database, with a [`SqlRateLimiter`]: copy
    /// [`SqlRateLimiter::SCHEMA`] into a migration.
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be counted. Such a request is allowed, and the error is logged.
    fn take(
        context: &Context,
        key: &[u8],
        quota: &Quota,
    ) -> impl Future<Output = Result<RateLimitDecision, Problem>> + Send {
        SqlRateLimiter.take(context, key, quota)
    }
}

/// An argument that limits how many requests each caller may send to the operation. A request over the quota gets a 429
/// with `Retry-After`. The headers `RateLimit` and `RateLimit-Policy` report the quota and how much of it is left. The
/// OpenAPI document contains all three headers.
///
/// The caller is resolved and the request is counted before any other argument of the operation is read. An operation,
/// a group ([`Routes::dependency`](crate::routing::Routes::dependency)) or a dependency can take the argument; each
/// request is counted once. The argument cannot limit a plain route or a task, and fails there with a 500.
///
/// ```
/// use std::time::Duration;
/// use whippet::extract::Bearer;
/// use whippet::layers::{CallerKey, Quota, RateLimitPolicy, RateLimited, SqlRateLimiter};
/// use whippet::testing::TestApp;
/// use whippet::{App, Created, Migration, Migrations, Problem, dependency, post, routes};
///
/// #[derive(Clone)]
/// struct Tenant(String);
///
/// #[dependency]
/// async fn tenant(given: Bearer) -> Result<Tenant, Problem> {
///     match given.token().matches("acme's token") {
///         true => Ok(Tenant("acme".to_owned())),
///         false => Err(Bearer::invalid("the token is not valid")),
///     }
/// }
///
/// impl CallerKey for Tenant {
///     fn key(&self) -> String {
///         self.0.clone()
///     }
/// }
///
/// /// One order a minute for each tenant.
/// struct Orders;
///
/// impl RateLimitPolicy for Orders {
///     type Caller = Tenant;
///
///     fn quota(_: &Tenant) -> Quota {
///         Quota::new("orders", 1, Duration::from_secs(60))
///     }
/// }
///
/// #[post("/orders")]
/// async fn create_order(_: RateLimited<Orders>, tenant: Tenant) -> Created<String> {
///     Created::new(tenant.0)
/// }
///
/// const MIGRATIONS: Migrations = Migrations::new(&[Migration {
///     name: "0001_rate_limits.sql",
///     sql: SqlRateLimiter::SCHEMA,
/// }]);
///
/// # whippet::testing::block_on(async {
/// let app = App::new().migrations(MIGRATIONS).routes(routes![create_order]);
/// let app = TestApp::new(|_| Ok(app)).await;
/// app.post("/orders").bearer("acme's token").await.assert_status(201);
/// let second = app.post("/orders").bearer("acme's token").await;
/// second.assert_problem(429, "rate_limited").assert_header("retry-after", "60");
/// # });
/// ```
#[derive(Debug)]
pub struct RateLimited<P>(PhantomData<fn() -> P>);

impl<P: RateLimitPolicy> RateLimited<P> {
    async fn respond(mut request: Request, context: Context, next: Next) -> Response {
        if !enter::<Self>(request.extensions_mut()) {
            return next(request).await;
        }
        let (mut parts, body) = request.into_parts();
        let caller = match P::Caller::from_request_parts(&mut parts, &context).await {
            Ok(caller) => caller,
            Err(rejection) => return rejection.into_response(),
        };
        let request = Request::from_parts(parts, body);
        let quota = P::quota(&caller);
        let decision = P::take(&context, &quota.hash(&caller.key()), &quota).await;
        let rejection = || RATE_LIMITED.with_detail("");
        quota.respond(decision, rejection, request, next).await
    }
}

impl<P: RateLimitPolicy> FromRequestParts<Context> for RateLimited<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        in_an_operation::<Self>(parts).map(|()| Self(PhantomData))
    }
}

/// Returns an error if the code of the argument `T` did not run before the handler. Then `T` would have no effect. This
/// is the case in a plain route and in a task.
pub(super) fn in_an_operation<T: Any>(parts: &Parts) -> Result<(), Problem> {
    match has_entered::<T>(&parts.extensions) {
        true => Ok(()),
        false => Err(Problem::internal(format!(
            "`{}` works only in operations with an attribute such as `#[post(…)]`",
            std::any::type_name::<T>()
        ))),
    }
}

impl<P: RateLimitPolicy> Argument for RateLimited<P> {
    const READS: Reads = P::Caller::READS;
    const CHECKS_SCOPES: bool = P::Caller::CHECKS_SCOPES;
    const AROUND: Around = Around::Each(&[
        P::Caller::AROUND,
        Around::Call(|request, context, next| Box::pin(Self::respond(request, context, next))),
    ]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        P::Caller::describe(operation);
        describe_rejection(operation);
        operation.header_of_successes("RateLimit", "How much of the quota is left.");
        operation.header_of_successes("RateLimit-Policy", "The quota.");
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        P::Caller::check(app)
    }
}
