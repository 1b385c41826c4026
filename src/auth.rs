//! Authentication by API key.

use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::{header, request::Parts};
use whippet::extract::Argument;
use whippet::openapi::OperationBuilder;
use whippet::problem::types::{AUTHENTICATION_FAILED, INTERNAL};
use whippet::routing::Reads;
use whippet::{ConfigError, Context, Problem};

/// The variable that holds the API key.
const API_KEY: &str = "RELAY_API_KEY";

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
        let given = parts.headers.get(header::AUTHORIZATION).ok_or_else(|| {
            Problem::unauthorized(
                "the API key is missing; send it as `Authorization: Bearer <key>`",
            )
        })?;
        let (scheme, key) = given.as_bytes().split_at_checked(7).unwrap_or_default();
        // The keys are compared by digest. Digests have a fixed length and no structure, so the time of the comparison
        // reveals nothing about the key.
        let is_equal = Sha256::digest(key).ct_eq(&Sha256::digest(expected.expose().as_bytes()));
        if scheme.eq_ignore_ascii_case(b"bearer ") && is_equal.into() {
            Ok(Self)
        } else {
            Err(Problem::unauthorized(
                "the API key is not valid; send it as `Authorization: Bearer <key>`",
            ))
        }
    }
}
