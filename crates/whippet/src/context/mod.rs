//! `Context`, which gives requests and tasks access to the services of their host.

mod host;
mod params;
mod shared;
mod state;

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures_util::future::BoxFuture;

pub use host::{Host, ReadDocs};
pub(crate) use params::PathParams;
pub(crate) use state::{States, without_state};

use crate::db::Database;
use crate::fetch::OutboundClient;
use crate::otlp::SpanExporter;
#[cfg(feature = "testing")]
use crate::overrides::Overrides;
use crate::scope::Scope;
use crate::streak::Streak;
use crate::{Clock, Config, Db, Fetch, MigrateError, Migrations, Random, RequestId};

/// Gives a request or task access to the services of its host. `Context` is the state of axum handlers. Cheap to clone.
///
/// Handlers rarely name `Context`. Instead, they take services such as [`Db`] and [`Clock`] as arguments. To write a
/// custom dependency, implement `FromRequestParts<Context>` for a type. Handlers and tasks can then take this type as
/// an argument.
///
/// ```
/// use whippet::axum::extract::FromRequestParts;
/// use whippet::axum::http::request::Parts;
/// use whippet::{Context, Problem};
///
/// struct Tenant(String);
///
/// impl FromRequestParts<Context> for Tenant {
///     type Rejection = Problem;
///
///     async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
///         let name = parts.headers.get("x-tenant").and_then(|value| value.to_str().ok());
///         let name = name.or(context.config().get("DEFAULT_TENANT"));
///         name.map(|name| Self(name.to_owned())).ok_or_else(|| Problem::not_found("the request names no tenant"))
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
    /// The scope of the request or task attempt that uses the context. `None` if there is no request and no attempt:
    /// while the program starts, or if a test itself uses the context.
    scope: Option<Arc<Scope>>,
    /// The database session of the request, if a layer has opened one.
    session: Option<Arc<dyn Database>>,
    /// The path parameters of the request; `None` if its route has no parameters.
    params: Option<Arc<PathParams>>,
    /// The scopes that the operation of the request requires.
    scopes: &'static [&'static str],
}

struct Inner {
    host: Host,
    migrations: Migrations,
    body_limit: usize,
    #[cfg(feature = "testing")]
    overrides: Overrides,
    span_exporter: Arc<SpanExporter>,
    trusts_callers: bool,
    shared: shared::Shared,
    states: States,
    is_shutting_down: AtomicBool,
    schema_mismatch: Streak,
    /// The work that the host has to start after a response.
    after_responses: Mutex<Vec<BoxFuture<'static, ()>>>,
}

impl Context {
    pub(crate) fn new(
        host: Host,
        migrations: Migrations,
        body_limit: usize,
        states: States,
        span_exporter: SpanExporter,
        trusts_callers: bool,
    ) -> Self {
        let span_exporter = Arc::new(span_exporter);
        Self {
            inner: Arc::new(Inner {
                host,
                migrations,
                body_limit,
                #[cfg(feature = "testing")]
                overrides: Overrides::default(),
                span_exporter,
                trusts_callers,
                shared: shared::Shared::default(),
                states,
                is_shutting_down: AtomicBool::new(false),
                schema_mismatch: Streak::default(),
                after_responses: Mutex::default(),
            }),
            scope: None,
            session: None,
            params: None,
            scopes: &[],
        }
    }

    /// Returns a copy of the context for a request or task attempt.
    pub(crate) fn within(&self, scope: Arc<Scope>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            scope: Some(scope),
            session: None,
            params: None,
            scopes: &[],
        }
    }

    /// Returns a copy of the context for one GraphQL operation. The client has sent the operation on the WebSocket that
    /// the request has opened.
    #[cfg(feature = "graphql")]
    pub(crate) fn for_operation(&self) -> Self {
        let scope = self.scope.as_ref().map(|scope| scope.of_operation());
        Self {
            scope,
            ..self.clone()
        }
    }

    /// Returns the context with a database session, which all statements of the request use.
    pub(crate) fn with_session(self, session: Arc<dyn Database>) -> Self {
        let session = Some(session);
        Self { session, ..self }
    }

    /// Returns the context with the path parameters of a request.
    pub(crate) fn with_params(self, params: PathParams) -> Self {
        let params = (!params.is_empty()).then(|| Arc::new(params));
        Self { params, ..self }
    }

    /// Returns the context with the scopes that an operation requires.
    pub(crate) fn with_scopes(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes, ..self }
    }

    pub(crate) fn scopes(&self) -> &'static [&'static str] {
        self.scopes
    }

    pub(crate) fn params(&self) -> Option<&PathParams> {
        self.params.as_deref()
    }

    pub(crate) fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    /// Returns the exporter of spans, which is disabled if no OpenTelemetry collector is configured.
    pub(crate) fn span_exporter(&self) -> &SpanExporter {
        &self.inner.span_exporter
    }

    /// Returns whether callers decide which traces are sampled.
    pub(crate) fn trusts_callers(&self) -> bool {
        self.inner.trusts_callers
    }

    /// Returns the id of the request; in a task, the id of the request that enqueued the task.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        self.scope().map(|scope| &scope.request_id)
    }

    pub(crate) fn host(&self) -> &Host {
        &self.inner.host
    }

    /// Returns the value that a test has passed to `TestApp::with` to override the dependency `D`. Returns `None` if no
    /// test overrides `D`.
    ///
    /// Call `overridden` first in the code of a custom extractor, so that tests can override the extractor.
    ///
    /// ```
    /// use whippet::axum::extract::FromRequestParts;
    /// use whippet::axum::http::request::Parts;
    /// use whippet::{Context, Problem};
    ///
    /// #[derive(Clone)]
    /// struct User(String);
    ///
    /// impl FromRequestParts<Context> for User {
    ///     type Rejection = Problem;
    ///
    ///     async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Problem> {
    ///         context.overridden().ok_or_else(|| Problem::not_found("nobody is signed in"))
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn overridden<D: Clone + Send + Sync + 'static>(&self) -> Option<D> {
        #[cfg(feature = "testing")]
        return self.inner.overrides.get();
        #[cfg(not(feature = "testing"))]
        None
    }

    #[cfg(feature = "testing")]
    pub(crate) fn override_dependency<D: Clone + Send + Sync + 'static>(&self, dependency: D) {
        self.inner.overrides.insert(dependency);
    }

    /// Returns the value of type `T` that all requests and tasks of the app share. The first call creates the value
    /// with `T::default()`. On the native host, each process has a separate value. On Workers and Spin, each instance
    /// has a separate value. To share a value other than `T::default()`, use [`App::state`](crate::App::state).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use whippet::axum::extract::State;
    /// use whippet::{App, Context, routing::get};
    ///
    /// #[derive(Default)]
    /// struct Visits(AtomicU64);
    ///
    /// async fn visit(State(context): State<Context>) -> String {
    ///     let visits: Arc<Visits> = context.shared();
    ///     format!("visit {}", visits.0.fetch_add(1, Ordering::Relaxed))
    /// }
    ///
    /// fn app() -> App {
    ///     App::new().route("/", get(visit))
    /// }
    /// # drop(app());
    /// ```
    #[must_use]
    pub fn shared<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.inner.shared.get()
    }

    /// Returns the state of the app.
    pub(crate) fn states(&self) -> &States {
        &self.inner.states
    }

    /// Logs, once per process or instance, that the schema does not match the program.
    pub(crate) fn log_mismatch(&self, error: &MigrateError) {
        if self.inner.schema_mismatch.starts() {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the schema does not match the program"
            );
        }
    }

    /// Adds work that the host starts after the response.
    pub(crate) fn add_after_response(&self, work: BoxFuture<'static, ()>) {
        self.after_responses().push(work);
    }

    /// Returns the work that the host has to start, and empties the list of this work.
    pub(crate) fn take_after_responses(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.after_responses())
    }

    fn after_responses(&self) -> MutexGuard<'_, Vec<BoxFuture<'static, ()>>> {
        let list = self.inner.after_responses.lock();
        list.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the process is shutting down. During the shutdown, `/readyz` responds 503, and the task runner
    /// claims no more tasks.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.inner.is_shutting_down.load(Ordering::Relaxed)
    }

    pub(crate) fn start_shutdown(&self) {
        self.inner.is_shutting_down.store(true, Ordering::Relaxed);
    }

    /// Returns the migrations that the program contains.
    #[must_use]
    pub fn migrations(&self) -> &Migrations {
        &self.inner.migrations
    }

    /// Returns the maximum size of a request body, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.inner.body_limit
    }

    /// Returns the configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.host.config
    }

    /// Returns the database.
    #[must_use]
    pub fn db(&self) -> Db {
        let host = self.host();
        let database = self.session.as_ref().unwrap_or(&host.database);
        let (database, wake_up) = (Arc::clone(database), Arc::clone(&host.wake_up));
        Db::new(database, wake_up, self.clock(), self.scope.clone())
    }

    /// Returns the client for outbound HTTP requests.
    #[must_use]
    pub fn fetch(&self) -> Fetch {
        Fetch::new(OutboundClient {
            http: Arc::clone(&self.host().http),
            clock: self.clock(),
            span_exporter: Arc::clone(&self.inner.span_exporter),
            scope: self.scope.clone(),
        })
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::new(Arc::clone(&self.host().clock))
    }

    /// Returns the source of randomness.
    #[must_use]
    pub fn random(&self) -> Random {
        Random::new(Arc::clone(&self.host().entropy))
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("host", &self.inner.host)
            .finish_non_exhaustive()
    }
}

macro_rules! context_extractors {
    ($($type:ty => |$parts:ident, $context:ident| $value:expr;)*) => {$(
        impl FromRequestParts<Context> for $type {
            type Rejection = Infallible;

            async fn from_request_parts($parts: &mut Parts, $context: &Context) -> Result<Self, Infallible> {
                Ok($value)
            }
        }
    )*};
}

context_extractors! {
    Db => |_parts, context| context.db();
    Fetch => |_parts, context| context.fetch();
    Clock => |_parts, context| context.clock();
    Random => |_parts, context| context.random();
    Config => |_parts, context| context.config().clone();
    Context => |_parts, context| context.clone();
    RequestId => |_parts, context| context.request_id().cloned().unwrap_or_default();
}
