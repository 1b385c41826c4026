//! `Idempotency-Key`: a repeated request gets the response of the first request, and creates nothing new.
//!
//! The batch that inserts a resource also inserts the idempotency key. So if two requests with the same key arrive at
//! the same time, one request creates the resource, and the other request returns it. A request that fails stores no
//! key.

mod expire;

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
use whippet::{
    Context, Db, DbError, FieldError, Problem, Query, Tasks, Timestamp, query, query_as,
};

pub(crate) use expire::{ExpireKeys, expire_keys};

/// How long an idempotency key is stored: 12 hours, as in Svix.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// The maximum number of bytes in an idempotency key.
const MAX_BYTES: usize = 256;

/// The value of the header `Idempotency-Key`, if the request has one.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(Option<String>);

impl Argument for IdempotencyKey {
    const READS: Reads = Reads::Headers(&["idempotency-key"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        let schema = json!({
            "type": "string", "minLength": 1, "maxLength": MAX_BYTES, "pattern": "^[!-~]+$",
            "description": "A second request with the same key creates nothing new. Relay stores keys for 12 hours.",
        });
        operation.parameter(ParameterLocation::Header, "Idempotency-Key", schema, false);
        operation.problem(&BAD_REQUEST);
        operation.problem(&VALIDATION);
    }
}

impl FromRequestParts<Context> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let value = parts.headers.get("idempotency-key");
        // A text that is not ASCII is rejected, as an empty text is.
        let text = value.map(|value| value.to_str().unwrap_or_default());
        Self::parse("Idempotency-Key", text.map(str::to_owned))
    }
}

impl IdempotencyKey {
    /// Checks the key of a request, if the request has one. `name` is the name of the header or of the argument.
    pub(crate) fn parse(name: &str, key: Option<String>) -> Result<Self, Problem> {
        let is_valid = |key: &str| {
            (1..=MAX_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match key {
            Some(key) if !is_valid(&key) => Err(Problem::bad_request(format!(
                "{name} must be 1 to {MAX_BYTES} visible ASCII characters"
            ))),
            key => Ok(Self(key)),
        }
    }
}

/// The collection to which a request adds a resource. An idempotency key is unique only within its collection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Collection<'a> {
    Applications,
    /// The endpoints of the application with this id.
    Endpoints(&'a str),
    /// The messages of the application with this id or uid.
    Messages(&'a str),
}

/// A request's idempotency key, with the collection to which the request adds a resource. If a request has no key, its
/// claim stores nothing.
#[derive(Debug)]
pub(crate) struct Claim {
    /// The name of the collection; `None` for the messages of an application.
    scope: Option<String>,
    /// For messages, the id or uid of the application. The queries look up the id. Otherwise empty.
    application: String,
    key: Option<String>,
    /// The hash of the request's body, or empty if the request has no idempotency key.
    fingerprint: Vec<u8>,
}

impl IdempotencyKey {
    /// Returns the claim for a request with this body.
    pub(crate) fn claim(
        self,
        collection: Collection<'_>,
        body: &impl Serialize,
    ) -> Result<Claim, Problem> {
        let fingerprint = match self.0 {
            Some(_) => Sha256::digest(serde_json::to_vec(body)?).to_vec(),
            None => Vec::new(),
        };
        let (scope, application) = match collection {
            Collection::Applications => (Some("application".to_owned()), String::new()),
            Collection::Endpoints(application) => {
                (Some(format!("endpoint:{application}")), String::new())
            }
            Collection::Messages(application) => (None, application.to_owned()),
        };
        Ok(Claim {
            scope,
            application,
            key: self.0,
            fingerprint,
        })
    }
}

impl Claim {
    /// Returns the queries that store the idempotency key, for the batch that inserts the resource. If the application
    /// does not exist, they store no key.
    pub(crate) fn queries(&self, tasks: &Tasks, resource_id: &str, now: Timestamp) -> Vec<Query> {
        let Some(key) = &self.key else {
            return Vec::new();
        };
        // The key of a deleted resource can be used again.
        let release = query!(
            "delete from request_keys where key = coalesce(:scope, 'message:' || \
               (select id from application_names where name = :application)) || ' ' || :key \
             and (expires_at <= :now \
               or not exists (select 1 from applications where id = resource_id and deleted_at is null) \
               and not exists (select 1 from endpoints where id = resource_id) \
               and not exists (select 1 from messages where id = resource_id))",
            scope = self.scope,
            application = self.application,
        );
        let insert = query!(
            "insert into request_keys (key, fingerprint, resource_id, expires_at) \
             select scope || ' ' || :key, :fingerprint, :resource_id, :expires_at \
             from (select coalesce(:scope, 'message:' || \
               (select id from application_names where name = :application)) as scope) where scope is not null",
            scope = self.scope,
            application = self.application,
            fingerprint = self.fingerprint,
            expires_at = now + LIFETIME,
        );
        vec![release, insert, ExpireKeys::enqueue(tasks)]
    }

    /// Returns the id of the resource that an earlier request with this key created. Call this method if the batch that
    /// inserts the resource has failed; `error` is the batch's error.
    ///
    /// # Errors
    ///
    /// Returns a problem if the batch failed for a reason other than the key, if the earlier request had another body,
    /// or if the resource of the earlier request was just deleted.
    pub(crate) async fn existing_resource(
        &self,
        db: &Db,
        error: DbError,
    ) -> Result<String, Problem> {
        let Some(key) = self
            .key
            .as_ref()
            .filter(|_| error.is_unique("request_keys.key"))
        else {
            return Err(error.into());
        };
        let stored = query_as!(
            (String, Vec<u8>),
            "select resource_id, fingerprint from request_keys where key = coalesce(:scope, 'message:' || \
             (select id from application_names where name = :application)) || ' ' || :key",
            scope = self.scope,
            application = self.application,
        );
        let stored = stored.fetch_optional(db).await?;
        let (resource_id, fingerprint) = stored.ok_or_else(|| {
            Problem::conflict(
                "the resource created with this Idempotency-Key was just deleted; retry",
            )
        })?;
        if fingerprint == self.fingerprint {
            return Ok(resource_id);
        }
        Err(Problem::invalid(vec![FieldError::new(
            "/idempotency-key",
            "reused",
            "was already used with another body; use a new key for a new request",
        )]))
    }
}
