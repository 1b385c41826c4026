//! `Idempotency-Key`: a repeated request is answered as the first was, and nothing is made twice.
//!
//! The key is written in the batch that makes the resource, so that of two requests with one key, however close, one makes
//! it and the other finds it. A request that failed leaves no key. Svix keeps keys for 12 hours, and so does Relay.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::request::Parts;
use whippet::extract::Argument;
use whippet::openapi::{OperationBuilder, ParameterLocation};
use whippet::problem::types::{BAD_REQUEST, VALIDATION};
use whippet::routing::Reads;
use whippet::{Context, Db, DbError, FieldError, Problem, Query, Timestamp, query};

const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// The longest key accepted, in bytes.
const MAX_BYTES: usize = 256;

/// The request's key, if it has one.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(Option<String>);

impl Argument for IdempotencyKey {
    const READS: Reads = Reads::Headers(&["idempotency-key"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        let schema = json!({
            "type": "string", "minLength": 1, "maxLength": MAX_BYTES, "pattern": "^[!-~]+$",
            "description": "A repeated request with the same key makes nothing new.",
        });
        operation.parameter(ParameterLocation::Header, "Idempotency-Key", schema, false);
        operation.problem(&BAD_REQUEST);
        operation.problem(&VALIDATION);
    }
}

impl FromRequestParts<Context> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=MAX_BYTES).contains(&key.len()))
            .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()));
        let key = key.ok_or_else(|| {
            Problem::bad_request(format!(
                "Idempotency-Key must be 1 to {MAX_BYTES} visible ASCII characters"
            ))
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}

/// A request with a key: what it would make, where, and what it asked for.
#[derive(Debug)]
pub(crate) struct Claim {
    scope: String,
    key: Option<String>,
    fingerprint: Vec<u8>,
}

impl IdempotencyKey {
    /// The claim on this key for `request`; `scope` is the collection in which the resource is made.
    pub(crate) fn claim(self, scope: String, request: &impl Serialize) -> Result<Claim, Problem> {
        let fingerprint = match self.0 {
            Some(_) => Sha256::digest(serde_json::to_vec(request)?).to_vec(),
            None => Vec::new(),
        };
        Ok(Claim {
            scope,
            key: self.0,
            fingerprint,
        })
    }
}

impl Claim {
    /// The queries that write the key down beside the resource; none without a key.
    pub(crate) fn queries(&self, resource_id: &str, now: Timestamp) -> Vec<Query> {
        let Some(key) = &self.key else {
            return Vec::new();
        };
        let expire = query("delete from idempotency_keys where expires_at <= ?1").bind(now);
        let insert = query(
            "insert into idempotency_keys (scope, key, fingerprint, resource_id, expires_at) values (?1, ?2, ?3, ?4, ?5)",
        );
        let insert = insert
            .bind(&self.scope)
            .bind(key)
            .bind(self.fingerprint.clone())
            .bind(resource_id);
        vec![expire, insert.bind(now + LIFETIME)]
    }

    /// After a batch failed: the resource that the first request with this key made, or the problem to answer with.
    pub(crate) async fn first(&self, db: &Db, error: DbError) -> Result<String, Problem> {
        let Some(key) = self
            .key
            .as_ref()
            .filter(|_| error.is_unique("idempotency_keys.key"))
        else {
            return Err(error.into());
        };
        let first = query(
            "select resource_id, fingerprint from idempotency_keys where scope = ?1 and key = ?2",
        );
        let first: Option<(String, Vec<u8>)> =
            first.bind(&self.scope).bind(key).fetch_optional(db).await?;
        let (resource_id, fingerprint) = first.ok_or_else(|| {
            Problem::conflict("what was made with this Idempotency-Key was deleted just now; send the request again")
        })?;
        if fingerprint == self.fingerprint {
            return Ok(resource_id);
        }
        Err(Problem::invalid(vec![FieldError::new(
            "/idempotency-key",
            "reused",
            "was sent before with another body; use a new key for a new request",
        )]))
    }
}

/// The query that frees the keys which made a resource that is deleted now, or anything inside it.
pub(crate) fn forget(resource_id: &str) -> Query {
    query("delete from idempotency_keys where resource_id = ?1 or scope in ('endpoint:' || ?1, 'message:' || ?1)")
        .bind(resource_id)
}
