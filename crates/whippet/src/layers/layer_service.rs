//! The tower service that all layers use. The service runs a [`Middleware`], which calls the rest of the app.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{self, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tower_service::Service;

use crate::{Context, Problem};

pub(super) use crate::routing::Next;

/// The behavior of a layer.
pub(super) trait Middleware: Send + Sync + 'static {
    /// Returns the response to `request`; `next` runs the rest of the app.
    fn respond(
        &self,
        request: Request,
        context: Context,
        next: Next,
    ) -> impl Future<Output = Response> + Send;
}

/// The tower service that a layer of this module wraps around an inner service.
#[derive(Debug, Clone)]
pub struct LayerService<S, M> {
    inner: S,
    middleware: Arc<M>,
}

impl<S, M> LayerService<S, M> {
    pub(super) fn new(inner: S, middleware: M) -> Self {
        Self {
            inner,
            middleware: Arc::new(middleware),
        }
    }
}

impl<S, M> Service<Request> for LayerService<S, M>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    M: Middleware,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, poller: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(poller)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let clone = self.inner.clone();
        // Call the service on which `poll_ready` was called. A clone of this service might not be ready: see the
        // documentation of tower's `Service`.
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let middleware = Arc::clone(&self.middleware);
        Box::pin(async move {
            let Some(context) = request.extensions().get::<Context>().cloned() else {
                let misplaced =
                    "the layers of Whippet work only around an `App` or a group of its routes";
                return Ok(Problem::internal(misplaced).into_response());
            };
            let next: Next = Box::new(move |request| {
                let response = inner.call(request);
                Box::pin(async move {
                    match response.await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    }
                })
            });
            Ok(middleware.respond(request, context, next).await)
        })
    }
}

macro_rules! layer {
    ($($name:ident $(<$parameter:ident: $bound:ident>)?)*) => {$(
        impl<S, $($parameter: $bound)?> tower_layer::Layer<S> for $name $(<$parameter>)? {
            type Service = $crate::layers::layer_service::LayerService<S, Self>;

            fn layer(&self, inner: S) -> Self::Service {
                $crate::layers::layer_service::LayerService::new(inner, self.clone())
            }
        }
    )*};
}

pub(super) use layer;
