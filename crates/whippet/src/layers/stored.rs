//! The table of the idempotency layer.

use std::time::Duration;

use serde::Deserialize;

use crate::{Context, Db, DbError, Query, RequestId, query};

/// A request's claim on its idempotency key.
pub(super) struct Claim {
    db: Db,
    context: Context,
    scope: Vec<u8>,
    key: String,
    fingerprint: Vec<u8>,
    /// A random id of this claim. If several requests with the same key arrive at the same time, the id in the row
    /// shows which request wrote the row.
    id: RequestId,
}

/// The result of claiming a key.
pub(super) enum Claimed {
    /// This request is the first with this key.
    New,
    /// The stored response to the first request with this key.
    Responded(Stored),
    /// The first request with this key is in flight, or its response was not stored.
    Pending,
    /// The key was first sent with a different request.
    Reused,
}

/// A stored response.
pub(super) struct Stored {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

#[derive(Deserialize)]
struct Row {
    fingerprint: Vec<u8>,
    status: Option<u16>,
    headers: Option<Vec<(String, String)>>,
    body: Option<Vec<u8>>,
}

impl Claim {
    pub(super) fn new(
        context: &Context,
        scope: Vec<u8>,
        key: String,
        fingerprint: Vec<u8>,
    ) -> Self {
        Self {
            db: context.db(),
            scope,
            key,
            fingerprint,
            id: RequestId::random(&context.random()),
            context: context.clone(),
        }
    }

    /// Deletes expired rows. Then claims the key for this request, unless another request has already claimed it.
    pub(super) async fn take(&self, pending_timeout: Duration) -> Result<Claimed, DbError> {
        let now = self.context.clock().now();
        let expire = query("delete from idempotent_requests where expires_at <= ?1").bind(now);
        let insert = query(
            "insert into idempotent_requests (scope, key, fingerprint, claim, expires_at) values (?1, ?2, ?3, ?4, ?5) \
             on conflict (scope, key) do nothing",
        );
        let insert = self.bind(insert).bind(self.fingerprint.clone());
        let insert = insert.bind(self.id.as_str()).bind(now + pending_timeout);
        let select = query(
            "select fingerprint, status, headers, body from idempotent_requests \
             where scope = ?1 and key = ?2 and claim <> ?3",
        );
        let select = self.bind(select).bind(self.id.as_str());
        let results = self.db.batch([expire, insert, select]).await?;
        let first: Option<Row> = results.rows(2)?.into_iter().next();
        Ok(match first {
            None => Claimed::New,
            Some(row) if row.fingerprint != self.fingerprint => Claimed::Reused,
            Some(Row {
                status: Some(status),
                headers,
                body,
                ..
            }) => Claimed::Responded(Stored {
                status,
                headers: headers.unwrap_or_default(),
                body: body.unwrap_or_default(),
            }),
            Some(_) => Claimed::Pending,
        })
    }

    /// Stores the response.
    pub(super) async fn store(&self, stored: Stored, lifetime: Duration) {
        let headers = serde_json::to_string(&stored.headers).unwrap_or_default();
        let update = query(
            "update idempotent_requests set status = ?4, headers = ?5, body = ?6, expires_at = ?7 \
             where scope = ?1 and key = ?2 and claim = ?3",
        );
        let update = self.bind(update).bind(self.id.as_str());
        let update = update.bind(stored.status).bind(headers).bind(stored.body);
        self.run(update.bind(self.context.clock().now() + lifetime))
            .await;
    }

    /// Keeps the key reserved for `lifetime`, without a stored response.
    pub(super) async fn hold(&self, lifetime: Duration) {
        let update = query(
            "update idempotent_requests set expires_at = ?4 where scope = ?1 and key = ?2 and claim = ?3",
        );
        let update = self.bind(update).bind(self.id.as_str());
        self.run(update.bind(self.context.clock().now() + lifetime))
            .await;
    }

    /// Releases the key, so that the next request may claim the key.
    pub(super) async fn release(&self) {
        let delete =
            query("delete from idempotent_requests where scope = ?1 and key = ?2 and claim = ?3");
        self.run(self.bind(delete).bind(self.id.as_str())).await;
    }

    fn bind(&self, query: Query) -> Query {
        query.bind(self.scope.clone()).bind(&self.key)
    }

    /// Runs a query. A failure is only logged, because the handler has done its work and the client must get the
    /// response.
    async fn run(&self, query: Query) {
        if let Err(error) = query.execute(&self.db).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the response to a request with an idempotency key was not stored"
            );
        }
    }
}
