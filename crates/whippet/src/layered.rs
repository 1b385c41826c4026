//! Wraps a service in tower layers. The layers run in an axum router, which is linked only into programs that add
//! layers.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

/// A service, which layers may wrap.
pub(crate) type LayeredService = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The layers that wrap a service, if there are any.
pub(crate) struct Layers(Option<LayersBuilder>);

struct LayersBuilder {
    /// Creates a router that runs the layers and then calls the service.
    into_router: Box<dyn FnOnce(Inner) -> axum::Router + Send>,
    /// The function [`call_router`]. Code outside [`Layers::add`] calls it only through this field, so a program
    /// without layers does not link it.
    into_service: fn(axum::Router) -> LayeredService,
}

impl Layers {
    /// Creates an empty list of layers.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds a layer, which wraps the existing layers.
    pub(crate) fn add<L>(&mut self, layer: L)
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let inner = self.0.take();
        self.0 = Some(LayersBuilder {
            into_router: Box::new(move |service| match inner {
                Some(inner) => (inner.into_router)(service).layer(layer),
                None => axum::Router::new().fallback_service(service).layer(layer),
            }),
            into_service: call_router,
        });
    }

    /// Wraps the service in the layers. Returns `None` if there are no layers.
    pub(crate) fn around(self, service: impl FnOnce() -> LayeredService) -> Option<LayeredService> {
        self.0
            .map(|builder| (builder.into_service)((builder.into_router)(Inner(service()))))
    }
}

/// The service that the layers wrap.
#[derive(Clone)]
struct Inner(LayeredService);

impl Service<Request> for Inner {
    type Response = Response;
    type Error = Infallible;
    type Future = futures_util::future::Map<
        BoxFuture<'static, Response>,
        fn(Response) -> Result<Response, Infallible>,
    >;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        (self.0)(request).map(Ok)
    }
}

fn call_router(router: axum::Router) -> LayeredService {
    Arc::new(move |request| {
        let mut router = router.clone();
        Box::pin(async move {
            match Service::call(&mut router, request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    })
}

impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "none" })
    }
}
