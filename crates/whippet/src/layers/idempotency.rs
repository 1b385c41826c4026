//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a repeated request is answered as the first was.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::around::{Middleware, Next, layer};
use super::stored::{Claim, Claimed, Stored};
use crate::extract::{read_up_to, whole};
use crate::{Context, FieldError, Problem};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is a repetition.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest key, in bytes.
const LONGEST_KEY: usize = 256;

/// The longest answer that is kept, in bytes: a row of D1 may have 2 MB (D1 platform limits).
const LONGEST_ANSWER: u64 = 1024 * 1024;

/// Answers a `POST` or `PATCH` with an `Idempotency-Key` once: the answer is kept, and given again to the same request with the
/// same key, with `Idempotent-Replayed: true`. Copy [`Idempotency::SCHEMA`] into a migration.
///
/// - While the first is under way, another with its key is answered 409. A key that was sent with another request is answered
///   422.
/// - An error, 400 and above, leaves no trace: the request may be mended and sent again under the same key.
/// - An answer over 1 MiB, or of unknown length, is not kept; its key stays taken, and is answered 409.
/// - Keys belong to who sends them: they are told apart by `Authorization` and `Cookie`, unless [`by`](Self::by) says otherwise.
///
/// The answer is written after the handler's own data. When the program dies between the two, the request may be done twice.
/// Where that must not be, write the key in the handler's batch instead, as Relay's `idempotency.rs` does: this layer is for
/// handlers that know nothing of keys.
#[derive(Clone)]
pub struct Idempotency {
    lifetime: Duration,
    patience: Duration,
    is_required: bool,
    applies: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
    by: Arc<dyn Fn(&Parts) -> String + Send + Sync>,
}

impl Idempotency {
    /// The table: copy it into a migration of the API.
    pub const SCHEMA: &str = include_str!("../../schema/idempotency.sql");

    /// Keys kept for 12 hours.
    #[must_use]
    pub fn new() -> Self {
        Self {
            lifetime: Duration::from_secs(12 * 3600),
            patience: Duration::from_secs(60),
            is_required: false,
            applies: Arc::new(|_| true),
            by: Arc::new(|request| credentials(&request.headers)),
        }
    }

    /// For how long an answer is kept.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// After how long a request that was never answered, since the program died, may be made again: 60 s unless set. Longer than
    /// any handler takes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Only for these requests, of those that are `POST` or `PATCH`.
    #[must_use]
    pub fn only(mut self, applies: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.applies = Arc::new(applies);
        self
    }

    /// Refuses a request without a key, with 400.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Whose key it is; it is kept as a hash.
    #[must_use]
    pub fn by(mut self, owner: impl Fn(&Parts) -> String + Send + Sync + 'static) -> Self {
        self.by = Arc::new(owner);
        self
    }

    /// The key of a request, if it has one and is of those that are looked at.
    fn key(&self, parts: &Parts) -> Result<Option<String>, Problem> {
        let is_looked_at = matches!(parts.method, Method::POST | Method::PATCH);
        if !is_looked_at || !(self.applies)(parts) {
            return Ok(None);
        }
        match parts.headers.get(KEY) {
            Some(value) => read(value).map(Some),
            None if self.is_required => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency_key_missing",
                "send an Idempotency-Key, the same for every attempt at the same request",
            )),
            None => Ok(None),
        }
    }
}

impl Default for Idempotency {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// The draft has the key in quotes; most clients send it without.
fn read(value: &HeaderValue) -> Result<String, Problem> {
    let text = value.to_str().unwrap_or_default();
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::bad_request(format!(
            "Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters"
        )));
    }
    Ok(key.to_owned())
}

fn credentials(headers: &HeaderMap) -> String {
    let values = [header::AUTHORIZATION, header::COOKIE];
    let values = values.iter().flat_map(|name| headers.get_all(name));
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join("\n")
}

layer! { Idempotency }

impl Middleware for Idempotency {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let answer = self.try_respond(request, context, next).await;
        answer.unwrap_or_else(IntoResponse::into_response)
    }
}

impl Idempotency {
    async fn try_respond(
        &self,
        request: Request,
        context: Context,
        next: Next,
    ) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let Some(key) = self.key(&parts)? else {
            return Ok(next(Request::from_parts(parts, body)).await);
        };
        let body = read_up_to(&parts.headers, body, context.body_limit()).await?;
        let fingerprint = Sha256::new()
            .chain_update(parts.method.as_str())
            .chain_update([0])
            .chain_update(parts.uri.to_string())
            .chain_update([0])
            .chain_update(&body);
        let claim = Claim::new(
            &context,
            Sha256::digest((self.by)(&parts)).to_vec(),
            key,
            fingerprint.finalize().to_vec(),
        );
        match claim.take(self.patience).await? {
            Claimed::Mine => {}
            Claimed::Answered(answer) => return Ok(replay(answer)),
            Claimed::UnderWay => {
                let detail = "a request with this Idempotency-Key is under way, or its answer could not be kept";
                return Err(Problem::conflict(detail));
            }
            Claimed::OfAnother => {
                let message =
                    "was sent before with another request; use a new key for a new request";
                let error = FieldError::new("/idempotency-key", "reused", message);
                return Err(Problem::invalid(vec![error]));
            }
        }
        let response = next(Request::from_parts(parts, Body::from(body))).await;
        Ok(self.keep(&claim, response).await)
    }

    /// Keeps the answer, or what there is to know of it.
    async fn keep(&self, claim: &Claim, response: Response) -> Response {
        let length = response.body().size_hint().exact();
        let (parts, body) = response.into_parts();
        if parts.status.as_u16() >= 400 {
            claim.give_up().await;
            return Response::from_parts(parts, body);
        }
        let kept = match length.filter(|length| *length <= LONGEST_ANSWER) {
            Some(_) => whole(body, usize::MAX).await,
            None => {
                claim.hold(self.lifetime).await;
                return Response::from_parts(parts, body);
            }
        };
        let body = match kept {
            Ok(body) => body,
            Err(error) => {
                claim.give_up().await;
                return Problem::internal(error).into_response();
            }
        };
        let stored = Stored {
            status: parts.status.as_u16(),
            headers: pairs(&parts.headers),
            body: body.to_vec(),
        };
        claim.keep(stored, self.lifetime).await;
        Response::from_parts(parts, Body::from(body))
    }
}

/// Names and values, those that are text.
fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let pairs = headers.iter();
    let pairs = pairs.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
    pairs.collect()
}

fn replay(stored: Stored) -> Response {
    let mut response = Response::new(Body::from(stored.body));
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    for (name, value) in stored.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
