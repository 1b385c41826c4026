//! The app: the routes, tasks, layers and migrations of an API.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::IntoResponse;
use tower_layer::Layer;

use crate::context::Host;
use crate::layered::{LayeredService, Layers};
use crate::openapi::{self, Info};
use crate::otlp::SpanExporter;
use crate::routing::{Methods, OperationService, Paths, Route, Routes};
use crate::service::{Dispatcher, Service};
use crate::tasks::{Registration, Registry, TaskList};
use crate::{Context, Migrations, Random, Task, sweep, trace};

/// The maximum size of a request body without [`App::body_limit`]: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// An API: its routes, tasks, layers and migrations. A host turns an `App` into a [`Service`].
///
/// ```no_run
/// use whippet::openapi::Info;
/// use whippet::{App, AppError, Config, Path, get, routes};
///
/// /// Greet somebody.
/// #[get("/hello/{name}")]
/// async fn greet(Path(name): Path<String>) -> String {
///     format!("hello {name}")
/// }
///
/// fn app(_: &Config) -> Result<App, AppError> {
///     Ok(App::new()
///         .routes(routes![greet])
///         .openapi(Info::new("Greetings", "1.0.0")))
/// }
///
/// #[tokio::main]
/// async fn main() {
///     let served = whippet::native::serve(app, |url| println!("ready at {url}")).await;
///     served.expect("the server runs");
/// }
/// ```
#[derive(Debug)]
pub struct App {
    routes: Vec<(&'static str, Methods)>,
    operations: Vec<Operation>,
    openapi: Option<Info>,
    tasks: Vec<Registration>,
    layers: Layers<Dispatcher>,
    migrations: Migrations,
    body_limit: usize,
    ignores_trailing_slashes: bool,
}

/// An operation, and the service that calls the operation through the layers of its group. The service is `None` if the
/// group has no layers.
struct Operation(&'static Route, Option<LayeredService>);

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the operations without their layers.
fn without_layers(operations: &[Operation]) -> Vec<&'static Route> {
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
    /// Creates an API without routes and tasks.
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
            ignores_trailing_slashes: false,
        }
    }

    /// Adds a group of operations, such as `routes![list_users, create_user]`. A group can have layers, as in
    /// `routes![list_users].layer(…)`.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        let layered = routes.layers.around(|| OperationService);
        let operations = routes.operations.iter();
        self.operations
            .extend(operations.map(|route| Operation(route, layered.clone())));
        self
    }

    /// Serves the OpenAPI document of the operations at `/openapi.json`, an interactive page for the document at
    /// `/docs`, and a description of each problem type at `/problems/<name>`.
    ///
    /// On Workers and Spin, the host serves the files of the page `/docs`. `whippet build` writes the files, and
    /// `wrangler.toml` or `spin.toml` names their folder. Without the files, `/docs` responds 404; on Spin, the detail
    /// of the response states the missing setting.
    #[must_use]
    pub fn openapi(mut self, info: Info) -> Self {
        self.openapi = Some(info);
        self
    }

    /// Builds the OpenAPI 3.1 document of the operations. The title of the document is empty if the app does not call
    /// [`openapi`](Self::openapi).
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        let untitled = Info::new("", "");
        crate::openapi::build(
            self.openapi.as_ref().unwrap_or(&untitled),
            &without_layers(&self.operations),
        )
    }

    /// Returns each operation, and whether a layer may respond before the operation is called.
    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn operations(&self) -> Vec<(&'static Route, bool)> {
        let is_layered = !self.layers.is_empty();
        let operations = self.operations.iter();
        operations
            .map(|Operation(route, layered)| (*route, is_layered || layered.is_some()))
            .collect()
    }

    /// Adds a plain route, which the OpenAPI document does not contain. `methods` contains the handlers for requests to
    /// `path`.
    ///
    /// `{name}` in the path is a parameter; `{*name}` at the end is a parameter that takes the rest of the path.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: Methods) -> Self {
        self.routes.push((path, methods));
        self
    }

    /// Runs tasks of type `T` with the handler given to [`tasks::task`](crate::tasks::task).
    #[must_use]
    pub fn task<T: Task>(mut self, task: crate::tasks::TaskConfig<T>) -> Self {
        self.tasks.push(task.into_registration());
        self
    }

    /// Adds tasks whose handlers have the attribute [`#[task]`](macro@crate::task), such as `tasks![welcome, clean_up]`.
    #[must_use]
    pub fn tasks(mut self, tasks: TaskList) -> Self {
        self.tasks.extend(tasks.0);
        self
    }

    /// Adds a tower layer around the handling of every request. The layer that was added last receives a request first.
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

    /// Sets the migrations of the database, which [`migrations!`](crate::migrations!) embeds.
    #[must_use]
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = migrations;
        self
    }

    /// Sets the maximum size of a request body, in bytes. Extractors, those of axum too, reject a longer body with a 413
    /// problem. A handler or layer that reads the body as a stream gets an error at the limit.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Handles a path that ends with slashes and matches no route like the path without these slashes: `/users/` like
    /// `/users`. By default, such a path gets a 404.
    #[must_use]
    pub fn ignore_trailing_slashes(mut self) -> Self {
        self.ignores_trailing_slashes = true;
        self
    }

    /// Creates the [`Service`] that runs the app on a host. Hosts and tests call `into_service`; apps do not.
    ///
    /// # Errors
    ///
    /// Fails if two routes or two tasks conflict, if two operations have the same id, or if the configuration is
    /// invalid. Natively, also fails if an argument of an operation reads path parameters that its path does not have.
    pub fn into_service(self, host: Host) -> Result<Service, AppError> {
        let random = Random::new(Arc::clone(&host.entropy));
        let span_exporter = SpanExporter::from_config(&host.config, random)?;
        let trusts_callers = host.config.flag(trace::TRUST_CALLERS)?;
        let read_docs = host.docs;
        let context = Context::new(
            host,
            self.migrations,
            self.body_limit,
            span_exporter,
            trusts_callers,
        );
        let tasks = Arc::new(Registry::new(self.tasks).map_err(AppError)?);
        let sweep = sweep::route(&context, &tasks)?;
        let documented = without_layers(&self.operations);
        let mut paths = Paths::default();
        for (path, methods) in self.routes.into_iter().chain(sweep) {
            paths.add(path, methods).map_err(AppError)?;
        }
        for Operation(route, layered) in self.operations {
            paths.add_operation(route, layered).map_err(AppError)?;
        }
        let document = self
            .openapi
            .map(|info| openapi::DocumentRoutes::new(info, documented));
        for (path, methods) in document
            .into_iter()
            .flat_map(|document| document.routes(read_docs))
        {
            paths.add(path, methods).map_err(AppError)?;
        }
        let (paths, header_sets) = paths.into_router().map_err(AppError)?;
        let dispatcher = Dispatcher::new(context.clone(), paths, header_sets)
            .ignoring_trailing_slashes(self.ignores_trailing_slashes);
        let layered = self.layers.around(|| dispatcher.clone());
        Ok(Service::new(context, dispatcher, layered, tasks))
    }
}

/// The error of an app that cannot start: conflicting routes or tasks, an operation whose arguments do not
/// match its path, or an invalid configuration.
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
