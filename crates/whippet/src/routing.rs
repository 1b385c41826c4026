//! Methods of a route: `get(list).post(create)`.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use futures_util::future::BoxFuture;

use crate::Context;

pub(crate) trait Endpoint: Send + Sync {
    fn call(&self, request: Request, context: Context) -> BoxFuture<'static, Response>;
}

struct HandlerEndpoint<H, T> {
    handler: H,
    arguments: PhantomData<fn() -> T>,
}

impl<H, T> Endpoint for HandlerEndpoint<H, T>
where
    H: Handler<T, Context> + Sync,
    T: 'static,
{
    fn call(&self, request: Request, context: Context) -> BoxFuture<'static, Response> {
        Box::pin(self.handler.clone().call(request, context))
    }
}

/// The handlers of one path, by method. `HEAD` is answered by the handler of `GET`, `OPTIONS` and a method without a
/// handler by the list of those there are.
#[derive(Clone, Default)]
pub struct Methods {
    endpoints: Vec<(Method, Arc<dyn Endpoint>)>,
}

impl Methods {
    /// Adds the handler for `method`; the first one added for a method serves it.
    #[must_use]
    pub fn on<H, T>(mut self, method: Method, handler: H) -> Self
    where
        H: Handler<T, Context> + Sync,
        T: 'static,
    {
        self.endpoints.push((
            method,
            Arc::new(HandlerEndpoint {
                handler,
                arguments: PhantomData,
            }),
        ));
        self
    }

    pub(crate) fn find(&self, method: &Method) -> Option<&dyn Endpoint> {
        let find = |method: &Method| self.endpoints.iter().find(|(served, _)| served == method);
        let found = find(method).or_else(|| {
            (method == Method::HEAD)
                .then(|| find(&Method::GET))
                .flatten()
        });
        found.map(|(_, endpoint)| &**endpoint)
    }

    /// The value of `Allow` (RFC 9110 section 10.2.1).
    pub(crate) fn allow(&self) -> HeaderValue {
        let mut names: Vec<&str> = self
            .endpoints
            .iter()
            .map(|(method, _)| method.as_str())
            .collect();
        if names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        if !names.contains(&"OPTIONS") {
            names.push("OPTIONS");
        }
        HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
    }
}

impl std::fmt::Debug for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.endpoints.iter().map(|(method, _)| method))
            .finish()
    }
}

macro_rules! methods {
    ($($name:ident $method:ident;)*) => {
        $(
            #[doc = concat!("Serves `", stringify!($method), "` with `handler`.")]
            pub fn $name<H, T>(handler: H) -> Methods
            where
                H: Handler<T, Context> + Sync,
                T: 'static,
            {
                Methods::default().on(Method::$method, handler)
            }
        )*

        impl Methods {
            $(
                #[doc = concat!("Serves `", stringify!($method), "` with `handler` too.")]
                #[must_use]
                pub fn $name<H, T>(self, handler: H) -> Self
                where
                    H: Handler<T, Context> + Sync,
                    T: 'static,
                {
                    self.on(Method::$method, handler)
                }
            )*
        }
    };
}

methods! {
    get GET;
    post POST;
    put PUT;
    patch PATCH;
    delete DELETE;
}
