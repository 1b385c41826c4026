//! The app: the routes, tasks, layers and migrations of an API.

mod tasks;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::IntoResponse;
use tower_layer::Layer;

use crate::blobs::s3;
use crate::context::{Host, States};
use crate::layered::{LayeredService, Layers};
use crate::openapi::{self, Info};
use crate::otlp::SpanExporter;
use crate::routing::{Methods, Mounted, Paths, Routes, check_prefix, inside_layers, join};
use crate::service::{Dispatcher, Service};
use crate::tasks::{AttemptCounts, Middleware, Registration, Registry};
use crate::{Context, Migrations, Problem, Random, sweep, trace};

/// The default maximum size of a request body: 1 MiB. [`App::body_limit`] overrides the default.
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
    operations: Vec<Mounted>,
    openapi: Option<Info>,
    /// The OpenAPI descriptions of mounted apps.
    mounted_infos: Vec<Info>,
    tasks: Vec<Registration>,
    dead_tasks: Option<Duration>,
    /// Creates the counter of task attempts. `None` unless [`App::count_attempts`] was called. So a program that does
    /// not call it does not contain the code of the counter.
    attempt_counts: Option<fn() -> Box<dyn AttemptCounts>>,
    task_middleware: Middleware,
    states: States,
    layers: Layers,
    /// The function [`Dispatcher::into_layered`] if the app has layers, and `None` otherwise. So a program without
    /// layers does not contain the code of the function.
    into_layered: Option<fn(Dispatcher) -> LayeredService>,
    migrations: Migrations,
    /// The migrations of mounted apps. Each entry also contains the path prefix of the mounted app.
    mounted_migrations: Vec<(String, Migrations)>,
    body_limit: usize,
    ignores_trailing_slashes: bool,
    mistakes: Vec<String>,
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Creates an app without routes and tasks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            routes: Vec::new(),
            operations: Vec::new(),
            openapi: None,
            mounted_infos: Vec::new(),
            tasks: Vec::new(),
            dead_tasks: None,
            attempt_counts: None,
            task_middleware: Middleware::default(),
            states: States::default(),
            layers: Layers::none(),
            into_layered: None,
            migrations: Migrations::new(&[]),
            mounted_migrations: Vec::new(),
            body_limit: DEFAULT_BODY_LIMIT,
            ignores_trailing_slashes: false,
            mistakes: Vec::new(),
        }
    }

    /// Adds a group of operations, such as `routes![list_users, create_user]`. A group can have a path prefix, a tag,
    /// dependencies and layers: see [`Routes`].
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        let (operations, mistakes) = routes.into_operations();
        self.operations.extend(operations);
        self.mistakes.extend(mistakes);
        self
    }

    /// Adds the routes, operations, tasks, states and layers of another app below a path prefix. Also adds the tags and
    /// webhooks of the other app to the OpenAPI document. The rules for `prefix` are those of [`Routes::prefix`].
    ///
    /// The layers of `app` wrap only the routes of `app`. A request that matches no route of `app` does not pass
    /// through these layers. The task middleware of `app` wraps only the tasks of `app`. For the body limit, the
    /// handling of trailing slashes and the time for which dead tasks are kept, the settings of the outer app also
    /// apply to `app`. Only the outer app serves an OpenAPI document. If both apps have migrations, the program does
    /// not start, because a database can have only one list of migrations.
    ///
    /// ```
    /// use whippet::{App, get, routes};
    ///
    /// #[get("/users")]
    /// async fn list_users() -> &'static str {
    ///     "ada"
    /// }
    ///
    /// fn admin() -> App {
    ///     App::new().routes(routes![list_users])
    /// }
    ///
    /// let app = App::new().mount("/admin", admin()); // GET /admin/users
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn mount(mut self, prefix: &str, app: App) -> Self {
        self.mistakes.extend(check_prefix(prefix).err());
        self.mistakes.extend(app.mistakes);
        let layers = app.layers.around(inside_layers);
        for mut operation in app.operations {
            operation.path = join(prefix, operation.path);
            operation.put_inside(&[], layers.as_ref());
            self.operations.push(operation);
        }
        for (path, mut methods) in app.routes {
            if let Some(layers) = &layers {
                methods.inside(layers);
            }
            self.routes.push((join(prefix, path), methods));
        }
        let tasks = tasks::wrapped(app.tasks, &app.task_middleware);
        self.tasks.extend(tasks);
        self.states.append(app.states);
        self.mounted_infos.extend(app.openapi);
        self.mounted_infos.extend(app.mounted_infos);
        let migrations = std::iter::once((String::new(), app.migrations));
        let mounted = migrations.chain(app.mounted_migrations);
        self.mounted_migrations
            .extend(mounted.map(|(path, migrations)| (format!("{prefix}{path}"), migrations)));
        self
    }

    /// Returns the description of the app for the OpenAPI document. The description includes the tags and webhooks of
    /// mounted apps.
    fn info(&self) -> Option<Info> {
        let mut info = self.openapi.clone()?;
        for mounted in &self.mounted_infos {
            info.add(mounted.clone());
        }
        Some(info)
    }

    /// Sets a value that all requests and tasks share. Handlers take the value as an argument of the type
    /// [`State<T>`](crate::State). An app has at most one state of each type.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.add(value);
        self
    }

    /// Sets a function that creates a value. All requests and tasks share this value. The first request or task with an
    /// argument [`State<T>`](crate::State) calls `create`. If `create` fails, the request or task fails, and the next
    /// one calls `create` again.
    ///
    /// If several requests arrive before the value exists, each of them calls `create`, and all of them get the value
    /// that was created first.
    ///
    /// ```
    /// use whippet::{App, Context, Problem, State, get, query, routes};
    ///
    /// struct Countries(Vec<String>);
    ///
    /// #[get("/countries")]
    /// async fn list_countries(countries: State<Countries>) -> String {
    ///     countries.0.join(", ")
    /// }
    ///
    /// fn app() -> App {
    ///     App::new()
    ///         .state_with(async |context: Context| {
    ///             let names = query("select name from countries").fetch_all(&context.db()).await?;
    ///             Ok(Countries(names))
    ///         })
    ///         .routes(routes![list_countries])
    /// }
    /// # drop(app());
    /// ```
    #[must_use]
    pub fn state_with<T, F, R>(mut self, create: F) -> Self
    where
        T: Send + Sync + 'static,
        F: Fn(Context) -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        self.states.add_lazy(create);
        self
    }

    /// Serves the OpenAPI document at `/openapi.json`. Also serves an interactive page at `/docs`, and a description of
    /// each problem type at `/problems/<name>`.
    ///
    /// On Workers and Spin, the files of the page `/docs` are not part of the program. `whippet build` writes the files
    /// to a folder, which `wrangler.toml` or `spin.toml` names. Without the files, `/docs` responds 404. On Spin, the
    /// field `detail` of this response names the setting that is missing.
    #[must_use]
    pub fn openapi(mut self, info: Info) -> Self {
        self.openapi = Some(info);
        self
    }

    /// Returns the OpenAPI 3.1 document of the app. If the app does not call [`openapi`](Self::openapi), the title of
    /// the document is empty.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        let info = self.info().unwrap_or_else(|| Info::new("", ""));
        crate::openapi::build(&info, &documented(&self.operations))
    }

    /// Returns each operation together with a flag. The flag is true if a layer may respond to a request instead of the
    /// operation.
    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn operations(&self) -> Vec<(Mounted, bool)> {
        let is_layered = !self.layers.is_empty();
        let operations = self.operations.iter();
        operations
            .map(|operation| {
                (
                    operation.clone(),
                    is_layered || !operation.layers.is_empty(),
                )
            })
            .collect()
    }

    /// Adds a route that does not appear in the OpenAPI document. `methods` contains a handler for each HTTP method of
    /// the route.
    ///
    /// `{name}` in the path is a path parameter, and matches one segment. `{*name}` at the end of the path matches the
    /// rest of the path.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: Methods) -> Self {
        self.routes.push((path, methods));
        self
    }

    /// Adds a tower layer that wraps the handling of every request. If an app has several layers, a request first
    /// reaches the layer that was added last.
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
        self.into_layered = Some(Dispatcher::into_layered);
        self
    }

    /// Sets the migrations of the database. The macro [`migrations!`](crate::migrations!) creates the argument.
    #[must_use]
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = migrations;
        self
    }

    /// Sets the maximum size of a request body, in bytes. If a body is larger, all extractors, including axum's, reject
    /// the request with a 413 problem. If a handler or layer reads the body as a stream, the stream returns an error
    /// when the body exceeds the limit.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// If the path of a request matches no route, ignores slashes at the end of the path. For example, the route
    /// `/users` then also handles requests to `/users/`. By default, such a request gets a 404.
    #[must_use]
    pub fn ignore_trailing_slashes(mut self) -> Self {
        self.ignores_trailing_slashes = true;
        self
    }

    /// Creates the [`Service`] that runs the app on a host. Hosts and tests call `into_service`; apps do not.
    ///
    /// # Errors
    ///
    /// Fails if two routes, two tasks or two states conflict, if two operations have the same id, if the prefix of a
    /// group is not valid, if an operation requires scopes that nothing checks, or if the configuration is invalid. On
    /// native hosts, also fails if an argument of an operation needs a path parameter or a state that does not exist,
    /// if two webhooks have the same name, or if the name of a webhook equals the id of an operation.
    pub fn into_service(self, host: Host) -> Result<Service, AppError> {
        let info = self.info();
        let random = Random::new(Arc::clone(&host.entropy));
        if let Some(mistake) = self.mistakes.into_iter().next() {
            return Err(AppError(mistake));
        }
        let mut states = self.states;
        states.check().map_err(AppError)?;
        s3::add_bucket(&mut states, &host.config)?;
        let span_exporter = SpanExporter::from_config(&host.config, random)?;
        let trusts_callers = host.config.flag(trace::TRUST_CALLERS)?;
        let read_docs = host.docs;
        let context = Context::new(
            host,
            only_migrations(self.migrations, self.mounted_migrations).map_err(AppError)?,
            self.body_limit,
            states,
            span_exporter,
            trusts_callers,
        );
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(info) = &info {
            info.check_webhooks(&self.operations).map_err(AppError)?;
        }
        let tasks = Arc::new(
            Registry::new(tasks::wrapped(self.tasks, &self.task_middleware))
                .map_err(AppError)?
                .keeping_dead_tasks(self.dead_tasks)
                .counting_attempts(self.attempt_counts.map(|create| create())),
        );
        let sweep = sweep::routes(&context, &tasks)?;
        let mut paths = Paths::default();
        let plain = self.operations.iter().find_map(|operation| operation.plain);
        let plain = plain.map(|routes| routes()).unwrap_or_default();
        for (path, methods) in self.routes.into_iter().chain(sweep).chain(plain) {
            paths.add(path, methods).map_err(AppError)?;
        }
        let document =
            info.map(|info| openapi::DocumentRoutes::new(info, documented(&self.operations)));
        for operation in self.operations {
            let added = paths.add_operation(operation, &context);
            added.map_err(AppError)?;
        }
        for (path, methods) in document
            .into_iter()
            .flat_map(|document| document.routes(read_docs))
        {
            paths.add(path, methods).map_err(AppError)?;
        }
        let (paths, header_sets) = paths.into_router().map_err(AppError)?;
        let dispatcher = Dispatcher::new(context.clone(), paths, header_sets)
            .ignoring_trailing_slashes(self.ignores_trailing_slashes);
        let layered = self
            .into_layered
            .and_then(|into_layered| self.layers.around(|| into_layered(dispatcher.clone())));
        Ok(Service::new(context, dispatcher, layered, tasks))
    }
}

/// Returns the migrations of the app or of a mounted app. Fails if more than one app has migrations.
fn only_migrations(
    own: Migrations,
    mounted: Vec<(String, Migrations)>,
) -> Result<Migrations, String> {
    let mounted = mounted.into_iter();
    let mut with_files = mounted.filter(|(_, migrations)| !migrations.files().is_empty());
    with_files.try_fold(own, |only, (prefix, migrations)| {
        if only.files().is_empty() {
            return Ok(migrations);
        }
        Err(format!(
            "the app and the app mounted at {prefix} both have migrations: put all migrations into one folder"
        ))
    })
}

/// Returns an empty list, because a WebAssembly program contains the whole OpenAPI document as text.
#[cfg(target_arch = "wasm32")]
fn documented(_: &[Mounted]) -> Vec<Mounted> {
    Vec::new()
}

/// Returns the operations that the OpenAPI document describes.
#[cfg(not(target_arch = "wasm32"))]
fn documented(operations: &[Mounted]) -> Vec<Mounted> {
    let operations = operations.iter();
    let documented = operations.filter(|operation| operation.is_documented);
    documented.cloned().collect()
}

/// The reason why an app cannot start. Examples are conflicting routes, an operation whose arguments do not match its
/// path, and an invalid configuration.
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

impl From<crate::settings::SettingsError> for AppError {
    fn from(error: crate::settings::SettingsError) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::tasks::RetryError> for AppError {
    fn from(error: crate::tasks::RetryError) -> Self {
        Self(error.to_string())
    }
}
