//! What a request or a task sees of its host.

mod host;
mod params;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

pub use host::{Host, ReadDocs};
pub(crate) use params::PathParams;

use crate::fetch::Outbound;
use crate::otlp::Spans;
use crate::overrides::Overrides;
use crate::scope::Scope;
use crate::{Clock, Config, Db, Fetch, Migrations, Random, RequestId};

/// The host as the API sees it, and the state of every handler: cheap to clone.
///
/// Handlers rarely name it: they take the part that they need, each of which is an extractor. A dependency of your own is
/// any `FromRequestParts<Context>`; the same works in tasks.
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
///         name.map(|name| Self(name.to_owned())).ok_or_else(|| Problem::not_found("there is no such tenant"))
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
    /// What it runs for; none at the start of the program and in tests.
    scope: Option<Arc<Scope>>,
    /// Those in the path of the request; none where its route has none.
    params: Option<Arc<PathParams>>,
}

struct Inner {
    host: Host,
    migrations: Migrations,
    body_limit: usize,
    overrides: Overrides,
    spans: Arc<Spans>,
}

impl Context {
    pub(crate) fn new(host: Host, migrations: Migrations, body_limit: usize, spans: Spans) -> Self {
        let spans = Arc::new(spans);
        Self {
            inner: Arc::new(Inner {
                host,
                migrations,
                body_limit,
                overrides: Overrides::default(),
                spans,
            }),
            scope: None,
            params: None,
        }
    }

    /// The same host, for this request or attempt.
    pub(crate) fn within(&self, scope: Arc<Scope>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            scope: Some(scope),
            params: None,
        }
    }

    /// The same, for a handler whose path has these parameters.
    pub(crate) fn with_params(self, params: PathParams) -> Self {
        let params = (!params.is_empty()).then(|| Arc::new(params));
        Self { params, ..self }
    }

    pub(crate) fn params(&self) -> Option<&PathParams> {
        self.params.as_deref()
    }

    pub(crate) fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    /// The spans that wait to be exported.
    pub(crate) fn spans(&self) -> &Spans {
        &self.inner.spans
    }

    /// The id of the request, or of the one that a task comes from.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        self.scope().map(|scope| &scope.request_id)
    }

    pub(crate) fn host(&self) -> &Host {
        &self.inner.host
    }

    /// What a test put in the place of the dependency `D` (`TestApp::with`); `None` in a program that serves.
    ///
    /// An extractor of your own that asks here first can be replaced in tests.
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
        self.inner.overrides.get()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn override_dependency<D: Clone + Send + Sync + 'static>(&self, dependency: D) {
        self.inner.overrides.insert(dependency);
    }

    /// The migrations that the program was built with.
    #[must_use]
    pub fn migrations(&self) -> &Migrations {
        &self.inner.migrations
    }

    /// How many bytes of a request body an extractor reads at most.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.inner.body_limit
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.host.config
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> Db {
        let host = self.host();
        let (database, wake_up) = (Arc::clone(&host.database), Arc::clone(&host.queue));
        Db::new(database, wake_up, self.scope.clone())
    }

    /// Outbound HTTP.
    #[must_use]
    pub fn fetch(&self) -> Fetch {
        Fetch::new(Outbound {
            http: Arc::clone(&self.host().http),
            clock: self.clock(),
            spans: Arc::clone(&self.inner.spans),
            scope: self.scope.clone(),
        })
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock::new(Arc::clone(&self.host().clock))
    }

    /// Randomness.
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

macro_rules! parts_of_the_context {
    ($($type:ty => |$parts:ident, $context:ident| $value:expr;)*) => {$(
        impl FromRequestParts<Context> for $type {
            type Rejection = Infallible;

            async fn from_request_parts($parts: &mut Parts, $context: &Context) -> Result<Self, Infallible> {
                Ok($value)
            }
        }
    )*};
}

parts_of_the_context! {
    Db => |_parts, context| context.db();
    Fetch => |_parts, context| context.fetch();
    Clock => |_parts, context| context.clock();
    Random => |_parts, context| context.random();
    Config => |_parts, context| context.config().clone();
    RequestId => |_parts, context| context.request_id().cloned().unwrap_or_default();
}
