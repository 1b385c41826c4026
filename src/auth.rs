//! Authentication by API key.

use serde_json::json;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::{header, request::Parts};
use whippet::extract::Argument;
use whippet::openapi::OperationBuilder;
use whippet::problem::types::{AUTHENTICATION_FAILED, INTERNAL};
use whippet::routing::Reads;
use whippet::{ConfigError, Context, Problem, bearer_key};

/// The variable that holds the API key.
pub(crate) const API_KEY: &str = "RELAY_API_KEY";

/// An extractor that rejects requests without the API key in `Authorization: Bearer` (RFC 6750 section 2.1).
#[derive(Debug)]
pub(crate) struct ApiKey;

impl Argument for ApiKey {
    const READS: Reads = Reads::Headers(&["authorization"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        let scheme = json!({"type": "http", "scheme": "bearer", "description": "The API key of this Relay server."});
        operation.security("HTTPBearer", scheme);
        operation.problem(&AUTHENTICATION_FAILED);
        operation.problem(&INTERNAL);
    }
}

impl FromRequestParts<Context> for ApiKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let expected = context.config().secret(API_KEY);
        let expected = expected
            .ok_or_else(|| ConfigError::new(API_KEY, "is not set, so every request is rejected"))?;
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(Problem::unauthorized(
                "the API key is missing; send it as `Authorization: Bearer <key>`",
            ));
        }
        let given = bearer_key(&parts.headers);
        if given.is_some_and(|key| expected.matches(key)) {
            Ok(Self)
        } else {
            Err(Problem::unauthorized(
                "the API key is not valid; send it as `Authorization: Bearer <key>`",
            ))
        }
    }
}
