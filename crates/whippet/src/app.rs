//! The app: everything an API consists of, on one page.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::IntoResponse;
use tower_layer::Layer;

use crate::context::Host;
use crate::layered::{Layered, Layers};
use crate::openapi::{self, Info};
use crate::otlp::Spans;
use crate::routing::{Methods, OperationService, Paths, Route, Routes};
use crate::service::{Dispatcher, Service};
use crate::tasks::{Registration, Registry};
use crate::{Context, Migrations, Random, Task, sweep};

/// How many bytes of a request body an extractor reads at most, unless [`App::body_limit`] says otherwise: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// One API: its routes, tasks, layers and migrations. A host turns it into a [`Service`].
#[derive(Debug)]
pub struct App {
    routes: Vec<(&'static str, Methods)>,
    operations: Vec<Operation>,
    openapi: Option<Info>,
    tasks: Vec<Registration>,
    layers: Layers<Dispatcher>,
    migrations: Migrations,
    body_limit: usize,
}

/// An operation, and the layers of its group.
struct Operation(&'static Route, Option<Layered>);

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The operations without their layers.
fn described(operations: &[Operation]) -> Vec<&'static Route> {
    operations
        .iter()
        .map(|Operation(route, _)| *route)
        .collect()
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An API with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            routes: Vec::new(),
            operations: Vec::new(),
            openapi: None,
            tasks: Vec::new(),
            layers: Layers::none(),
            migrations: Migrations::new(&[]),
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }

    /// Serves these operations: `routes![list_users, create_user]`, and with layers of their own
    /// `routes![list_users].layer(…)`.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        let layered = routes.layers.around(|| OperationService);
        let operations = routes.operations.iter();
        self.operations
            .extend(operations.map(|route| Operation(route, layered.clone())));
        self
    }

    /// Serves the document of the operations at `/openapi.json`, an interactive page of it at `/docs`, and what a problem's type
    /// means at `/problems/<name>`.
    ///
    /// On Workers and Spin the host has the files of the page: `whippet build` writes them, and `wrangler.toml` or `spin.toml`
    /// names their folder. Where it does not, `/docs` says so.
    #[must_use]
    pub fn openapi(mut self, info: Info) -> Self {
        self.openapi = Some(info);
        self
    }

    /// The document of the operations: OpenAPI 3.1. Without [`openapi`](Self::openapi) it has no title.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        let untitled = Info::new("", "");
        crate::openapi::build(
            self.openapi.as_ref().unwrap_or(&untitled),
            &described(&self.operations),
        )
    }

    /// Returns the operations, each with whether a layer may respond in its place.
    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn operations(&self) -> Vec<(&'static Route, bool)> {
        let is_layered = !self.layers.is_empty();
        let operations = self.operations.iter();
        operations
            .map(|Operation(route, layered)| (*route, is_layered || layered.is_some()))
            .collect()
    }

    /// Serves `path` with these methods, which no document tells of. `{name}` in the path is a parameter, `{*name}` at its end takes the rest.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: Methods) -> Self {
        self.routes.push((path, methods));
        self
    }

    /// Runs tasks of type `T`: see [`tasks::task`](crate::tasks::task).
    #[must_use]
    pub fn task<T: Task>(mut self, task: crate::tasks::TaskConfig<T>) -> Self {
        self.tasks.push(task.into_registration());
        self
    }

    /// Wraps every request in a tower layer; the last one added sees a request first.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower_service::Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as tower_service::Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as tower_service::Service<Request>>::Error:
            Into<std::convert::Infallible> + 'static,
        <L::Service as tower_service::Service<Request>>::Future: Send + 'static,
    {
        self.layers.add(layer);
        self
    }

    /// The migrations of the database, embedded by [`migrations!`](crate::migrations!).
    #[must_use]
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = migrations;
        self
    }

    /// How many bytes of a request body an extractor reads at most; more is refused with 413.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The app on a host. Hosts call it, and tests.
    ///
    /// # Errors
    ///
    /// When two routes or two tasks contradict each other, or two operations have one id.
    pub fn into_service(self, host: Host) -> Result<Service, AppError> {
        let random = Random::new(Arc::clone(&host.entropy));
        let spans = Spans::from_config(&host.config, random)?;
        let read_docs = host.docs;
        let context = Context::new(host, self.migrations, self.body_limit, spans);
        let tasks = Arc::new(Registry::new(self.tasks).map_err(AppError)?);
        let sweep = sweep::route(&context, &tasks);
        let described = described(&self.operations);
        let mut paths = Paths::default();
        for (path, methods) in self.routes.into_iter().chain(sweep) {
            paths.add(path, methods).map_err(AppError)?;
        }
        for Operation(route, layered) in self.operations {
            paths.add_operation(route, layered).map_err(AppError)?;
        }
        let document = self
            .openapi
            .map(|info| openapi::DocumentRoutes::new(info, described));
        for (path, methods) in document
            .into_iter()
            .flat_map(|document| document.routes(read_docs))
        {
            paths.add(path, methods).map_err(AppError)?;
        }
        let (paths, headers) = paths.into_router().map_err(AppError)?;
        let dispatcher = Dispatcher::new(context.clone(), paths, headers);
        let layered = self.layers.around(|| dispatcher.clone());
        Ok(Service::new(context, dispatcher, layered, tasks))
    }
}

/// Routes or tasks that contradict each other, or configuration that cannot be used: found when the app starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppError(pub(crate) String);

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AppError {}

impl From<crate::ConfigError> for AppError {
    fn from(error: crate::ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::tasks::RetryError> for AppError {
    fn from(error: crate::tasks::RetryError) -> Self {
        Self(error.to_string())
    }
}
