//! `Idempotency-Key` as an argument of an operation.

use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::json;

use super::idempotency::Idempotency;
use super::layer_service::Middleware;
use super::limited::{CallerKey, in_an_operation};
use crate::extract::{Argument, ArgumentCheck};
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::problem::types::{
    BAD_REQUEST, CONFLICT, IDEMPOTENCY_KEY_MISSING, INTERNAL, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT,
    VALIDATION,
};
use crate::routing::{Around, Next, Reads, enter};
use crate::{Context, Problem};

/// The settings of an [`Idempotent`] argument. The defaults are those of [`Idempotency`].
pub trait IdempotencyPolicy: Send + Sync + 'static {
    /// Whether a request without an `Idempotency-Key` gets a 400.
    const IS_REQUIRED: bool = false;

    /// How long a response is stored.
    const LIFETIME: Duration = Duration::from_secs(12 * 3600);

    /// How long a key stays reserved for a request that never gets a response. Must be longer than the duration of any
    /// handler.
    const PENDING_TIMEOUT: Duration = Duration::from_secs(60);
}

/// The policy of an operation that also accepts a request without an `Idempotency-Key`.
#[derive(Debug)]
pub struct OptionalKey;

impl IdempotencyPolicy for OptionalKey {}

/// The policy of an operation that rejects a request without an `Idempotency-Key`.
#[derive(Debug)]
pub struct RequiredKey;

impl IdempotencyPolicy for RequiredKey {
    const IS_REQUIRED: bool = true;
}

/// An argument of an operation. With this argument, the operation runs only once for each `Idempotency-Key` that the
/// caller `C` sends. A request that is repeated with the same key gets the stored response. [`Idempotency`] describes
/// the rules; copy [`Idempotency::SCHEMA`] into a migration.
///
/// The OpenAPI document contains the headers `Idempotency-Key` and `Idempotent-Replayed`. It also contains two error
/// responses: a 409 for a request whose first attempt is in flight, and a 422 for a key that was sent with another
/// request.
///
/// In a plain route or a task, the argument fails with a 500.
///
/// ```
/// use whippet::extract::Bearer;
/// use whippet::layers::{CallerKey, Idempotency, Idempotent, RequiredKey};
/// use whippet::testing::TestApp;
/// use whippet::{App, Created, Migration, Migrations, Problem, Random, dependency, post, routes};
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
/// #[post("/orders")]
/// async fn create_order(_: Idempotent<Tenant, RequiredKey>, random: Random) -> Created<u8> {
///     let [id] = random.bytes();
///     Created::new(id)
/// }
///
/// const MIGRATIONS: Migrations = Migrations::new(&[Migration {
///     name: "0001_idempotency.sql",
///     sql: Idempotency::SCHEMA,
/// }]);
///
/// # whippet::testing::block_on(async {
/// let app = App::new().migrations(MIGRATIONS).routes(routes![create_order]);
/// let app = TestApp::new(|_| Ok(app)).await;
/// let order = || app.post("/orders").bearer("acme's token");
/// order().await.assert_problem(400, "idempotency_key_missing");
/// let first = order().header("idempotency-key", "8e03978e").await;
/// let again = order().header("idempotency-key", "8e03978e").await;
/// assert_eq!(again.assert_header("idempotent-replayed", "true").text(), first.text());
/// # });
/// ```
#[derive(Debug)]
pub struct Idempotent<C, P = OptionalKey>(PhantomData<fn() -> (C, P)>);

impl<C: CallerKey, P: IdempotencyPolicy> Idempotent<C, P> {
    async fn respond(mut request: Request, context: Context, next: Next) -> Response {
        if !enter::<Self>(request.extensions_mut()) {
            return next(request).await;
        }
        let layer = Idempotency::by(|caller: C| caller.key())
            .lifetime(P::LIFETIME)
            .pending_timeout(P::PENDING_TIMEOUT)
            .of_an_argument(P::IS_REQUIRED);
        layer.respond(request, context, next).await
    }
}

impl<C: CallerKey, P: IdempotencyPolicy> FromRequestParts<Context> for Idempotent<C, P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        in_an_operation::<Self>(parts).map(|()| Self(PhantomData))
    }
}

impl<C: CallerKey, P: IdempotencyPolicy> Argument for Idempotent<C, P> {
    const READS: Reads = Reads::Each(&[C::READS, Reads::Headers(&["idempotency-key"])]);
    const CHECKS_SCOPES: bool = C::CHECKS_SCOPES;
    const AROUND: Around = Around::Each(&[
        C::AROUND,
        Around::Call(|request, context, next| Box::pin(Self::respond(request, context, next))),
    ]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        C::describe(operation);
        let doc = "A text that identifies the request. Send the same text with all attempts of the request.";
        let schema =
            json!({"type": "string", "minLength": 1, "maxLength": 256, "description": doc});
        let location = ParameterLocation::Header;
        operation.parameter(location, "Idempotency-Key", schema, P::IS_REQUIRED);
        if P::IS_REQUIRED {
            operation.problem(&IDEMPOTENCY_KEY_MISSING);
        }
        for kind in [
            BAD_REQUEST,
            CONFLICT,
            INTERNAL,
            PAYLOAD_TOO_LARGE,
            REQUEST_TIMEOUT,
            VALIDATION,
        ] {
            operation.problem(&kind);
        }
        let doc = "`true` if the response is the stored response to an earlier request.";
        operation.header_of_successes("Idempotent-Replayed", doc);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        C::check(app)
    }
}
