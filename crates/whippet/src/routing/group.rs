//! Groups of operations, with a path prefix, a tag, dependencies and layers.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::response::IntoResponse;
use tower_layer::Layer;
use tower_service::Service;

use super::endpoint::inside_layers;
use super::{GroupDependency, Mounted, Route};
use crate::Context;
use crate::extract::Argument;
use crate::layered::{LayeredService, Layers};

/// A group of operations, for [`App::routes`](crate::App::routes). [`routes!`](crate::routes!) creates a group.
///
/// The prefix, the tag, the dependencies and the layers of a group apply to all operations of the group, even to
/// operations that are added after these settings. A group can contain other groups:
///
/// ```
/// use whippet::extract::Bearer;
/// use whippet::testing::TestApp;
/// use whippet::{App, Path, Problem, dependency, get, routes};
///
/// #[derive(Clone)]
/// struct User;
///
/// #[dependency]
/// async fn user(given: Bearer) -> Result<User, Problem> {
///     match given.token().matches("ada's token") {
///         true => Ok(User),
///         false => Err(Bearer::invalid("the token is not valid")),
///     }
/// }
///
/// #[get("/")]
/// async fn list_notes() -> &'static str {
///     "a note"
/// }
///
/// #[get("/{id}/tags")]
/// async fn list_tags(Path(id): Path<u32>) -> String {
///     format!("the tags of note {id}")
/// }
///
/// fn app() -> App {
///     let notes = routes![list_notes, list_tags].prefix("/notes").tag("Notes");
///     App::new().routes(routes![].routes(notes).prefix("/v1").dependency::<User>())
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// app.get("/v1/notes").await.assert_status(401);
/// assert_eq!(app.get("/v1/notes/7/tags").bearer("ada's token").await.text(), "the tags of note 7");
/// # });
/// ```
#[derive(Debug)]
pub struct Routes {
    operations: Vec<Mounted>,
    prefix: String,
    tag: Option<&'static str>,
    is_documented: bool,
    dependencies: Vec<GroupDependency>,
    layers: Layers,
    /// The function [`inside_layers`], if the group has layers. If no group of a program has layers, the function is
    /// not linked.
    inside: Option<fn() -> LayeredService>,
    mistakes: Vec<String>,
}

impl Routes {
    #[doc(hidden)]
    #[must_use]
    pub fn new(operations: &'static [Route]) -> Self {
        Self::of(operations.iter().map(Mounted::new).collect())
    }

    /// Creates a group. The handler of an operation may be a closure.
    pub(crate) fn of(operations: Vec<Mounted>) -> Self {
        Self {
            operations,
            prefix: String::new(),
            tag: None,
            is_documented: true,
            dependencies: Vec::new(),
            layers: Layers::none(),
            inside: None,
            mistakes: Vec::new(),
        }
    }

    /// Adds the operations of the group `inner`, with the prefix, the tag, the dependencies and the layers of `inner`.
    #[must_use]
    pub fn routes(mut self, inner: Self) -> Self {
        let (operations, mistakes) = inner.into_operations();
        self.operations.extend(operations);
        self.mistakes.extend(mistakes);
        self
    }

    /// Adds a prefix to the path of each operation. If the path of an operation is `/`, the prefix becomes the whole
    /// path: with the prefix `/notes`, `#[get("/")]` handles `/notes`.
    ///
    /// A valid prefix starts with a slash and does not end with a slash. A prefix may contain parameters, as in
    /// `/teams/{team_id}`. If the prefix is not valid, the app does not start.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        if let Err(mistake) = check_prefix(prefix) {
            self.mistakes.push(mistake);
        }
        self.prefix = format!("{prefix}{}", self.prefix);
        self
    }

    /// Sets the OpenAPI tag of all operations that do not have a tag yet.
    #[must_use]
    pub fn tag(mut self, tag: &'static str) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Leaves the operations of the group out of the OpenAPI document, for example because another document describes
    /// them.
    ///
    /// ```
    /// use whippet::{App, get, routes};
    ///
    /// #[get("/notes")]
    /// async fn list_notes() -> &'static str { "a note" }
    ///
    /// #[get("/preview/notes")]
    /// async fn preview_notes() -> &'static str { "another note" }
    ///
    /// let app = App::new().routes(routes![list_notes]).routes(routes![preview_notes].undocumented());
    /// let document = app.document();
    /// assert!(document["paths"]["/notes"].is_object());
    /// assert!(document["paths"]["/preview/notes"].is_null());
    /// ```
    #[must_use]
    pub fn undocumented(mut self) -> Self {
        self.is_documented = false;
        self
    }

    /// Resolves the dependency `D` before each operation is called. If `D` rejects a request, the rejection is the
    /// response. The OpenAPI document contains the parameters, the security schemes and the rejections of the
    /// dependency. A [`#[dependency]`](macro@crate::dependency) is resolved only once per request, even if the
    /// operation also takes it as an argument.
    ///
    /// A request passes through the layers of all groups before the first dependency is resolved. The dependencies of
    /// an outer group are resolved before the dependencies of an inner group. Within a group, dependencies are resolved
    /// in the order in which they were added.
    #[must_use]
    pub fn dependency<D: FromRequestParts<Context> + Argument + 'static>(mut self) -> Self {
        self.dependencies.push(GroupDependency::of::<D>());
        self
    }

    /// Wraps the operations of the group in a tower layer. If a group has several layers, the layer that was added last
    /// receives a request first. The layers of the app ([`App::layer`](crate::App::layer)) receive a request before the
    /// layers of any group.
    ///
    /// The layers of a group run after the route is matched, and cannot send the request to another route. The OpenAPI
    /// document contains the rejections of arguments and dependencies, but not the responses of layers, so implement
    /// authentication as a dependency. For an operation with layers, the host reads every header of a request, because
    /// a layer may need any of them.
    ///
    /// ```
    /// use whippet::axum::extract::Request;
    /// use whippet::axum::http::StatusCode;
    /// use whippet::axum::middleware::{Next, from_fn};
    /// use whippet::axum::response::{IntoResponse, Response};
    /// use whippet::{App, get, routes};
    ///
    /// #[get("/hello")]
    /// async fn hello() -> &'static str { "hello" }
    ///
    /// #[get("/preview/hello")]
    /// async fn preview_hello() -> &'static str { "hello there" }
    ///
    /// async fn only_previewers(request: Request, next: Next) -> Response {
    ///     if request.headers().contains_key("x-preview") {
    ///         return next.run(request).await;
    ///     }
    ///     StatusCode::NOT_FOUND.into_response()
    /// }
    ///
    /// fn app() -> App {
    ///     App::new()
    ///         .routes(routes![hello])
    ///         .routes(routes![preview_hello].layer(from_fn(only_previewers)))
    /// }
    /// # drop(app());
    /// ```
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.layers.add(layer);
        self.inside = Some(inside_layers);
        self
    }

    /// Applies the settings of the group to its operations, and returns the operations. Also returns the mistakes in
    /// these settings.
    pub(crate) fn into_operations(self) -> (Vec<Mounted>, Vec<String>) {
        let Self {
            mut operations,
            prefix,
            tag,
            is_documented,
            dependencies,
            layers,
            inside,
            mistakes,
        } = self;
        let layers = inside.and_then(|inside| layers.around(inside));
        for operation in &mut operations {
            operation.path = join(&prefix, operation.path);
            #[cfg(not(target_arch = "wasm32"))]
            {
                operation.tag = operation.tag.or(tag);
                operation.is_documented &= is_documented;
            }
            #[cfg(target_arch = "wasm32")]
            let _ = (tag, is_documented);
            operation.put_inside(&dependencies, layers.as_ref());
        }
        (operations, mistakes)
    }
}

/// Returns the path with the prefix. The text is never freed. This is acceptable, because a process builds its app only
/// once.
pub(crate) fn join(prefix: &str, path: &'static str) -> &'static str {
    match (prefix, path) {
        ("", path) => path,
        (prefix, "/") => Box::leak(Box::from(prefix)),
        (prefix, path) => Box::leak(format!("{prefix}{path}").into_boxed_str()),
    }
}

/// Returns an error if the prefix of a group or of a mounted app is not valid.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), String> {
    let is_valid = prefix.len() > 1 && prefix.starts_with('/') && !prefix.ends_with('/');
    if is_valid && !prefix.contains("//") && !prefix.contains("{*") {
        return Ok(());
    }
    Err(format!(
        "the prefix {prefix:?} is not valid: write a prefix such as \"/v1\", with a slash at the start, none at the end and no `{{*…}}`"
    ))
}
