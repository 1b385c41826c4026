//! Groups of operations with layers.

use std::convert::Infallible;
use std::task::{Context as TaskContext, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use super::{OperationFn, Route};
use crate::layered::Layers;
use crate::{Context, Problem};

/// A group of operations and the layers around it, for [`App::routes`](crate::App::routes). [`routes!`](crate::routes!)
/// creates a group.
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

    /// Wraps the operations of the group in a tower layer. In a group, the layer that was added last receives a request
    /// first. The layers of the app ([`App::layer`](crate::App::layer)) receive a request before the layers of a group.
    ///
    /// The layers of a group run after the route is matched, and cannot send the request to another route. The
    /// OpenAPI document contains the rejections of arguments, but not the responses of layers, so implement
    /// authentication as a dependency. The host reads every header of a request to an operation with layers, because a
    /// layer may need any header.
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

/// Calls the operation that a request was matched to. `OperationService` is the service inside the layers of a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OperationService;

/// The operation of a request, stored in the request's extensions while the request passes through the layers.
#[derive(Clone, Copy)]
struct MatchedOperation(OperationFn);

impl OperationService {
    /// Stores the operation and the context in the request's extensions, where [`OperationService`] finds them.
    pub(crate) fn prepare(request: &mut Request, route: &Route, context: Context) {
        request.extensions_mut().insert(context);
        request
            .extensions_mut()
            .insert(MatchedOperation(route.call));
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
        let operation = request.extensions().get().copied();
        let context = request.extensions().get().cloned();
        let (Some(MatchedOperation(call)), Some(context)) = (operation, context) else {
            let problem = Problem::internal("a layer removed the extensions of the request");
            return Box::pin(async { Ok(problem.into_response()) });
        };
        call(request, context).map(Ok).boxed()
    }
}
