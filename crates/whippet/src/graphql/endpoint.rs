//! GraphQL endpoints: the operations of an app that serve a schema within limits.

use std::sync::{Arc, Mutex};

use async_graphql::{ObjectType, SDLExportOptions, SchemaBuilder, SubscriptionType};
use axum::http::Method;

use super::Limits;
#[cfg(not(target_arch = "wasm32"))]
use super::describe;
use super::documents::Documents;
use super::executable::{self, Build, Lazy};
use super::graphiql;
use super::server::Server;
use super::socket::Origins;
use crate::routing::{Mounted, PlainRoutes, Reads, Route, Routes};

/// Serves a schema at `path`, with the default [`Limits`]. The function `schema` creates a schema builder:
/// `Schema::build(Query, Mutation, Subscription)`. See [`Endpoint`] for other settings.
pub fn routes<Q, M, S>(
    path: &str,
    schema: impl Fn() -> SchemaBuilder<Q, M, S> + Send + Sync + 'static,
) -> Routes
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Endpoint::new(schema).routes(path)
}

/// Returns the schema as text, in the schema definition language. If the schema has entities, the text has the
/// directives of Apollo Federation 2, so that tools can compose the schema with other subgraphs.
pub fn sdl<Q, M, S>(schema: impl Fn() -> SchemaBuilder<Q, M, S> + Send + Sync + 'static) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let schema = schema().finish();
    match schema.names().iter().any(|name| name == "_Service") {
        true => schema.sdl_with_options(SDLExportOptions::new().federation()),
        false => schema.sdl(),
    }
}

/// A schema with its settings.
///
/// ```
/// use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
/// use whippet::App;
/// use whippet::graphql::{Endpoint, Limits};
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     async fn hello(&self) -> &str {
///         "hello"
///     }
/// }
///
/// fn app() -> App {
///     let endpoint = Endpoint::new(|| Schema::build(Query, EmptyMutation, EmptySubscription));
///     let limits = Limits { batch: 10, ..Limits::default() };
///     App::new().routes(endpoint.limits(limits).routes("/graphql"))
/// }
/// # drop(app());
/// ```
pub struct Endpoint {
    build: Build,
    limits: Limits,
    documents: Documents,
    origins: Origins,
}

impl Endpoint {
    /// Creates an endpoint. Each instance calls `schema` once, when the first request arrives.
    pub fn new<Q, M, S>(schema: impl Fn() -> SchemaBuilder<Q, M, S> + Send + Sync + 'static) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        Self {
            build: executable::build(schema),
            limits: Limits::default(),
            documents: Documents::Any,
            origins: Origins::default(),
        }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Lets clients send the SHA-256 hash of a document instead of the document, as in the protocol of Apollo's clients
    /// (automatic persisted queries). Each instance remembers up to 1 MiB of documents that clients have sent. A client
    /// that sends an unknown hash gets the error `PERSISTED_QUERY_NOT_FOUND`, and then sends the document.
    #[must_use]
    pub fn persisted_queries(mut self) -> Self {
        self.documents = Documents::Remembered(Mutex::default());
        self
    }

    /// Executes only these documents. A client sends one of these documents, or its SHA-256 hash in the extension
    /// `persistedQuery`. Every other document gets a 403.
    ///
    /// ```
    /// # use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
    /// use whippet::graphql::Endpoint;
    /// # struct Query;
    /// # #[Object] impl Query { async fn hello(&self) -> &str { "hello" } }
    ///
    /// let endpoint = Endpoint::new(|| Schema::build(Query, EmptyMutation, EmptySubscription));
    /// let endpoint = endpoint.only(&["query Hello { hello }"]); // or include_str!("hello.graphql")
    /// # drop(endpoint);
    /// ```
    #[must_use]
    pub fn only(mut self, documents: &'static [&'static str]) -> Self {
        self.documents = Documents::listed(documents);
        self
    }

    /// Lets pages from these origins, such as `https://app.example`, open a WebSocket. Pages from the origin of the API
    /// may always open a WebSocket. Any page can make a browser open a WebSocket and send the API's cookies with it,
    /// because CORS does not apply to WebSockets. So the origin `"*"` is safe only if no dependency reads a cookie.
    #[must_use]
    pub fn origins(mut self, origins: &'static [&'static str]) -> Self {
        self.origins = Origins(origins);
        self
    }

    /// Creates the operations of the endpoint: `GET` and `POST` at `path`. Pass them to
    /// [`App::routes`](crate::App::routes). The operations form a group, so you can apply the settings of groups to
    /// them, such as a dependency that authenticates every request. The ids of the operations are derived from the
    /// path: `graphql` and `graphql_get` for `/graphql`.
    #[must_use]
    pub fn routes(self, path: &str) -> Routes {
        let server = Arc::new(Server {
            build: self.build,
            limits: self.limits,
            documents: self.documents,
            origins: self.origins,
            built: Lazy::new(),
        });
        let id = id_of(path);
        let post = mounted(path, Method::POST, id.clone(), &server);
        let get = mounted(path, Method::GET, format!("{id}_get"), &server);
        Routes::of(vec![post, get])
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn mounted(path: &str, method: Method, id: String, server: &Arc<Server>) -> Mounted {
    // The route and its texts are never freed. The leak does not grow, because an app is built once in the life of a
    // process.
    let route: &'static Route = Box::leak(Box::new(Route {
        path: Box::leak(Box::from(path)),
        id: Box::leak(id.into_boxed_str()),
        // The dependencies that resolvers need may read any header.
        reads: &[Reads::Everything],
        #[cfg(not(target_arch = "wasm32"))]
        document: describe::documentation(&method, server.limits.uploads > 0),
        method,
        ..Route::PLACEHOLDER
    }));
    let server = Arc::clone(server);
    let is_get = route.method == Method::GET;
    let mut mounted = Mounted::new(route);
    mounted.plain = is_get.then_some(graphiql::routes as PlainRoutes);
    mounted.closure = Some(Arc::new(move |request, context| {
        Box::pin(Arc::clone(&server).serve(request, context))
    }));
    mounted
}

/// Returns the id of the operation at a path: the words of the path, joined with underscores.
fn id_of(path: &str) -> String {
    let words = path.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => "graphql".to_owned(),
        false => words.join("_"),
    }
}
