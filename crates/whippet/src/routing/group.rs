//! Operations that are served together.

use std::convert::Infallible;
use std::task::{Context as TaskContext, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use super::{Call, Route};
use crate::layered::Layers;
use crate::{Context, Problem};

/// Operations, for [`App::routes`](crate::App::routes), and the layers around them: what [`routes!`](crate::routes!) makes.
#[derive(Debug)]
pub struct Routes {
    pub(crate) operations: &'static [Route],
    pub(crate) layers: Layers<OperationService>,
}

impl Routes {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(operations: &'static [Route]) -> Self {
        Self {
            operations,
            layers: Layers::none(),
        }
    }

    /// Wraps requests of these operations in a tower layer; the last one added sees a request first, and those of the app
    /// ([`App::layer`](crate::App::layer)) see it before.
    ///
    /// A layer sees a request whose path has been found: it cannot change where it leads. What it answers is in no document;
    /// what an argument refuses is, so authentication is better a dependency. A host hands over every header of these
    /// operations, and of no others.
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
        self
    }
}

/// Calls the operation that a request has been found to lead to, behind the layers of its group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OperationService;

/// Goes through the layers with the request.
#[derive(Clone, Copy)]
struct Found(Call);

impl OperationService {
    /// The request as the layers get it.
    pub(crate) fn prepare(request: &mut Request, route: &Route, context: Context) {
        request.extensions_mut().insert(context);
        request.extensions_mut().insert(Found(route.call));
    }
}

impl Service<Request> for OperationService {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let found = request.extensions().get().copied();
        let context = request.extensions().get().cloned();
        let (Some(Found(call)), Some(context)) = (found, context) else {
            let problem = Problem::internal("a layer has dropped the extensions of its request");
            return Box::pin(async { Ok(problem.into_response()) });
        };
        call(request, context).map(Ok).boxed()
    }
}
