//! Tower layers around what answers requests: an axum router, which is linked only into programs that have any.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures_util::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

/// What answers a request within its layers.
pub(crate) type Layered = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The layers around an `S`.
pub(crate) struct Layers<S>(Option<(Wrap<S>, Finish)>);

type Wrap<S> = Box<dyn FnOnce(S) -> axum::Router + Send>;
type Finish = fn(axum::Router) -> Layered;

impl<S: 'static> Layers<S> {
    /// No layer.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    #[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds one, outside the others.
    pub(crate) fn add<L>(&mut self, layer: L)
    where
        S: Service<Request, Response = Response, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync,
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let inner = self.0.take();
        let wrap: Wrap<S> = Box::new(move |service| match inner {
            Some((wrap, _)) => wrap(service).layer(layer),
            None => axum::Router::new().fallback_service(service).layer(layer),
        });
        self.0 = Some((wrap, finish));
    }

    /// The service within the layers, unless there are none.
    pub(crate) fn around(self, service: impl FnOnce() -> S) -> Option<Layered> {
        self.0.map(|(wrap, finish)| finish(wrap(service())))
    }
}

fn finish(router: axum::Router) -> Layered {
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

impl<S> std::fmt::Debug for Layers<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "none" })
    }
}
