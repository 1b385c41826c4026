//! A request body, read as a value and as raw bytes.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};

use super::decode::body;
use super::{Argument, ArgumentCheck};
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::{Around, Reads};
use crate::{Context, Problem};

/// The value that another extractor reads from the body, together with the raw bytes of the body. A handler needs the
/// raw bytes, for example, to verify a signature of the body.
///
/// Responds 413 to a body over the size limit. Rejects every request that the inner extractor rejects.
///
/// ```
/// use serde::Deserialize;
/// use validator::Validate;
/// use whippet::extract::Raw;
/// use whippet::{Json, NoContent, Problem, Valid};
///
/// #[derive(Deserialize, Validate)]
/// struct Event { #[validate(length(min = 1))] kind: String }
///
/// async fn receive(Raw(Valid(Json(event)), bytes): Raw<Valid<Json<Event>>>) -> Result<NoContent, Problem> {
///     # fn verify(_: &[u8]) -> bool { true }
///     match verify(&bytes) {
///         true => Ok(NoContent),
///         false => Err(Problem::unauthorized(format!("the signature of this {} is wrong", event.kind))),
///     }
/// }
/// # let _ = receive;
/// ```
#[derive(Debug, Clone, Default)]
pub struct Raw<E>(pub E, pub Bytes);

impl<E: FromRequest<Context, Rejection = Problem>> FromRequest<Context> for Raw<E> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = body::read_up_to(&parts.headers, body, context.body_limit()).await?;
        let request = Request::from_parts(parts, Body::from(bytes.clone()));
        Ok(Self(E::from_request(request, context).await?, bytes))
    }
}

impl<E: Argument> Argument for Raw<E> {
    const READS: Reads = E::READS;
    const CHECKS_SCOPES: bool = E::CHECKS_SCOPES;
    const AROUND: Around = E::AROUND;

    fn describe(operation: &mut OperationBuilder<'_>) {
        E::describe(operation);
        operation.problem(&types::PAYLOAD_TOO_LARGE);
        operation.problem(&types::REQUEST_TIMEOUT);
    }

    fn check(app: &ArgumentCheck<'_>) -> Result<(), String> {
        E::check(app)
    }
}
