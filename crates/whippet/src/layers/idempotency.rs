//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a request that is retried with the same key gets
//! the stored response to the first request.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use sha2::{Digest, Sha256};

use super::caller::{Caller, caller};
use super::layer_service::{Middleware, Next, layer};
use super::stored::{Claim, Claimed, Stored};
use crate::extract::{read_up_to, to_bytes};
use crate::problem::types::IDEMPOTENCY_KEY_MISSING;
use crate::{Context, FieldError, Problem};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header that marks a response as replayed from the database.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The maximum length of an idempotency key, in bytes.
const LONGEST_KEY: usize = 256;

/// The maximum length of a stored response body, in bytes. A row of D1 may have 2 MB (platform limits of D1).
const LONGEST_BODY: u64 = 1024 * 1024;

/// Runs each `POST` or `PATCH` request with an `Idempotency-Key` only once. Every retry of the request gets the stored
/// response, with the header `Idempotent-Replayed: true`. Copy [`Idempotency::SCHEMA`] into a migration.
///
/// - Every caller has a separate set of keys. [`by`](Self::by) identifies the caller, and rejects requests of unknown
///   callers before a response is replayed.
/// - While the first request is in flight, a retry gets a 409. If the key was first sent with a different request, the
///   response is a 422.
/// - A response is stored if its status is below 400, or is 500 or higher. A handler that responds 5xx may have written
///   data, so a retry does not call the handler again. After a stored 5xx, a client should read the current data, and
///   retry with a new key only if the change is missing.
/// - A 4xx response is not stored, because a 4xx means that the handler has changed no data. The client may send the
///   same key again. If a handler changes data and then responds 4xx, it must add [`StoreResponse`].
/// - A response is not stored if its body is over 1 MiB or has an unknown length. The key of the request stays
///   reserved, so retries get a 409.
///
/// The layer stores the response after the handler has written its data. If the program dies before the response is
/// stored, a retry runs the handler again. If a handler must never run twice, do not add the layer to its route.
/// Instead, write the idempotency key in the handler, in the same batch as the handler's data. Relay's `idempotency.rs`
/// is an example.
///
/// ```
/// use whippet::layers::Idempotency;
/// use whippet::testing::TestApp;
/// use whippet::axum::http::HeaderMap;
/// use whippet::{App, Created, Migration, Migrations, Problem, dependency, post, routes};
///
/// const MIGRATIONS: Migrations = Migrations::new(&[Migration {
///     name: "0001_idempotency.sql",
///     sql: Idempotency::SCHEMA,
/// }]);
///
/// /// The caller. A renewed token belongs to the same user.
/// #[derive(Clone)]
/// struct User(&'static str);
///
/// #[dependency]
/// async fn user(headers: HeaderMap) -> Result<User, Problem> {
///     match headers.get("x-token").map(|token| token.as_bytes()) {
///         Some(b"old" | b"new") => Ok(User("ada")),
///         _ => Err(Problem::unauthorized("the token is missing or wrong")),
///     }
/// }
///
/// #[post("/orders")]
/// async fn create_order(_user: User) -> Created<&'static str> {
///     Created::at("/orders/1", "tea")
/// }
///
/// fn app() -> App {
///     let once = Idempotency::by(|user: User| user.0.to_owned());
///     App::new().migrations(MIGRATIONS).routes(routes![create_order].layer(once))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// let order = |token| app.post("/orders").header("idempotency-key", "8e03978e").header("x-token", token);
/// order("old").await.assert_status(201).assert_header("idempotent-replayed", "");
/// order("new").await.assert_status(201).assert_header("idempotent-replayed", "true");
/// order("revoked").await.assert_status(401);
/// # });
/// ```
#[derive(Clone)]
pub struct Idempotency {
    lifetime: Duration,
    pending_timeout: Duration,
    is_required: bool,
    /// Whether the layer belongs to an [`Idempotent`](super::Idempotent) argument of an operation. If so, the OpenAPI
    /// document has the problem types of the layer, and the layer applies to every method.
    is_argument: bool,
    applies: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
    caller: Caller<String>,
}

/// Makes [`Idempotency`] store a 4xx response. A handler that changes data and then responds 4xx must return the tuple
/// `(StoreResponse, problem)`.
#[derive(Debug, Clone, Copy)]
pub struct StoreResponse;

impl IntoResponseParts for StoreResponse {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl Idempotency {
    /// The SQL that creates the table of the idempotency layer. Copy the SQL into a migration.
    pub const SCHEMA: &str = include_str!("../../schema/idempotency.sql");

    /// Creates a layer that stores responses for 12 hours. `key` gets a dependency of the app, such as the
    /// authenticated user, and returns text that identifies the caller. Each caller has a separate set of idempotency
    /// keys.
    ///
    /// The layer resolves the dependency for every request to which the layer applies. If the dependency rejects a
    /// request, the client gets the rejection. So a request with a revoked token gets no stored response.
    ///
    /// Return text, such as the user's id, that stays the same when the caller's credentials are renewed. Never return
    /// the credentials. The table contains only a hash of the text.
    ///
    /// If callers of the API are anonymous, `Idempotency::by(|(): ()| String::new())` gives all of them one set of
    /// keys. Then anyone who knows both a key and the request that was sent with the key can get the stored response.
    ///
    /// If the layer wraps the whole app, the dependency cannot read path parameters.
    #[must_use]
    pub fn by<D>(key: impl Fn(D) -> String + Send + Sync + 'static) -> Self
    where
        D: FromRequestParts<Context> + 'static,
    {
        Self {
            lifetime: Duration::from_secs(12 * 3600),
            pending_timeout: Duration::from_secs(60),
            is_required: false,
            is_argument: false,
            applies: Arc::new(|_| true),
            caller: caller(key),
        }
    }

    /// Sets how long a response is stored: 12 hours by default.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets how long a key stays reserved for a request that never gets a response, for example because the program
    /// crashed: 60 s by default. The timeout must be longer than the duration of any handler.
    #[must_use]
    pub fn pending_timeout(mut self, pending_timeout: Duration) -> Self {
        self.pending_timeout = pending_timeout;
        self
    }

    /// Applies the layer only to those `POST` and `PATCH` requests for which `applies` returns true.
    #[must_use]
    pub fn only(mut self, applies: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.applies = Arc::new(applies);
        self
    }

    /// Responds 400 to a request without an `Idempotency-Key`.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Applies the layer to an operation of any method.
    pub(super) fn of_an_argument(mut self, is_required: bool) -> Self {
        self.is_required = is_required;
        self.is_argument = true;
        self
    }

    /// Returns the idempotency key of a request, or `None` if the layer does not apply to the request.
    fn key(&self, parts: &Parts) -> Result<Option<String>, Problem> {
        let has_method = self.is_argument || matches!(parts.method, Method::POST | Method::PATCH);
        if !has_method || !(self.applies)(parts) {
            return Ok(None);
        }
        match parts.headers.get(KEY) {
            Some(value) => read(value).map(Some),
            None if self.is_required => {
                let detail =
                    "send an Idempotency-Key; use the same key for every attempt of a request";
                Err(match self.is_argument {
                    true => IDEMPOTENCY_KEY_MISSING.with_detail(detail),
                    false => {
                        Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
                    }
                })
            }
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// Reads an idempotency key with or without quotes. The draft requires the quotes, but most clients omit them.
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

layer! { Idempotency }

impl Middleware for Idempotency {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let (mut parts, body) = request.into_parts();
        let key = match self.key(&parts) {
            Ok(Some(key)) => key,
            Ok(None) => return next(Request::from_parts(parts, body)).await,
            Err(problem) => return problem.into_response(),
        };
        let caller = match self.caller.identify(&mut parts, &context).await {
            Ok(caller) => caller,
            Err(rejection) => return rejection,
        };
        let request = Request::from_parts(parts, body);
        let response = self.respond_once(request, key, caller, context, next).await;
        response.unwrap_or_else(IntoResponse::into_response)
    }
}

impl Idempotency {
    /// Runs the request, or returns the stored response to the first request with this key.
    async fn respond_once(
        &self,
        request: Request,
        key: String,
        caller: String,
        context: Context,
        next: Next,
    ) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let body = read_up_to(&parts.headers, body, context.body_limit()).await?;
        let fingerprint = Sha256::new()
            .chain_update(parts.method.as_str())
            .chain_update([0])
            .chain_update(parts.uri.to_string())
            .chain_update([0])
            .chain_update(&body);
        let claim = Claim::new(
            &context,
            Sha256::digest(caller).to_vec(),
            key,
            fingerprint.finalize().to_vec(),
        );
        match claim.take(self.pending_timeout).await? {
            Claimed::New => {}
            Claimed::Responded(stored) => return Ok(replay(stored)),
            Claimed::Pending => {
                let detail = "a request with this Idempotency-Key is in flight, or its response could not be stored; retry later";
                return Err(Problem::conflict(detail));
            }
            Claimed::Reused => {
                let message =
                    "was already sent with a different request; use a new key for a new request";
                let error = FieldError::new("/idempotency-key", "reused", message);
                return Err(Problem::invalid(vec![error]));
            }
        }
        let response = next(Request::from_parts(parts, Body::from(body))).await;
        Ok(self.store(&claim, response).await)
    }

    /// Stores the response if its status and the length of its body allow this.
    async fn store(&self, claim: &Claim, response: Response) -> Response {
        let length = response.body().size_hint().exact();
        let (parts, body) = response.into_parts();
        let is_stored = parts.extensions.get::<StoreResponse>().is_some();
        if parts.status.is_client_error() && !is_stored {
            claim.release().await;
            return Response::from_parts(parts, body);
        }
        let read = match length.filter(|length| *length <= LONGEST_BODY) {
            Some(_) => to_bytes(body, usize::MAX).await,
            None => {
                claim.hold(self.lifetime).await;
                return Response::from_parts(parts, body);
            }
        };
        let body = match read {
            Ok(body) => body,
            Err(error) => {
                claim.hold(self.lifetime).await;
                return Problem::internal(error).into_response();
            }
        };
        let stored = Stored {
            status: parts.status.as_u16(),
            headers: pairs(&parts.headers),
            body: body.to_vec(),
        };
        claim.store(stored, self.lifetime).await;
        Response::from_parts(parts, Body::from(body))
    }
}

/// Returns the names and values of the headers whose value is visible ASCII.
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
