//! What the layers have in common: a function around the rest of the app.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{self, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tower_service::Service;

use crate::{Context, Problem};

/// The rest of the app: the layers within, and the handler.
pub(super) type Next = Box<dyn FnOnce(Request) -> BoxFuture<'static, Response> + Send>;

/// What a layer does with a request.
pub(super) trait Middleware: Send + Sync + 'static {
    fn respond(
        &self,
        request: Request,
        context: Context,
        next: Next,
    ) -> impl Future<Output = Response> + Send;
}

/// The service that a layer of Whippet's makes of another.
#[derive(Debug, Clone)]
pub struct Around<S, M> {
    inner: S,
    middleware: Arc<M>,
}

impl<S, M> Around<S, M> {
    pub(super) fn new(inner: S, middleware: M) -> Self {
        Self {
            inner,
            middleware: Arc::new(middleware),
        }
    }
}

impl<S, M> Service<Request> for Around<S, M>
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
        let waiting = self.inner.clone();
        // The one that said it was ready.
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let middleware = Arc::clone(&self.middleware);
        Box::pin(async move {
            let Some(context) = request.extensions().get::<Context>().cloned() else {
                let misplaced = "a layer of Whippet's works in `App::layer` and nowhere else";
                return Ok(Problem::internal(misplaced).into_response());
            };
            let next: Next = Box::new(move |request| {
                let answer = inner.call(request);
                Box::pin(async move {
                    match answer.await {
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
            type Service = $crate::layers::around::Around<S, Self>;

            fn layer(&self, inner: S) -> Self::Service {
                $crate::layers::around::Around::new(inner, self.clone())
            }
        }
    )*};
}

pub(super) use layer;
