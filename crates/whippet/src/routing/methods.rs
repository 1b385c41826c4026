//! The methods of a path: `get(list).post(create)`.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use futures_util::future::BoxFuture;

use super::{HeaderSets, OperationService, Reads, Route};
use crate::Context;
use crate::layered::Layered;

/// What answers a method: any axum handler, or an operation, maybe within layers.
#[derive(Clone)]
pub(crate) enum Endpoint {
    Handler(Arc<dyn CallHandler>),
    Operation(&'static Route, Option<Layered>),
}

impl Endpoint {
    pub(crate) fn call(
        &self,
        mut request: Request,
        context: Context,
    ) -> BoxFuture<'static, Response> {
        match self {
            Self::Handler(handler) => handler.call(request, context),
            Self::Operation(route, None) => (route.call)(request, context),
            Self::Operation(route, Some(layered)) => {
                OperationService::prepare(&mut request, route, context);
                layered(request)
            }
        }
    }

    fn reads(&self) -> &'static [Reads] {
        match self {
            Self::Handler(_) | Self::Operation(_, Some(_)) => &[Reads::Everything],
            Self::Operation(route, None) => route.reads,
        }
    }
}

pub(crate) trait CallHandler: Send + Sync {
    fn call(&self, request: Request, context: Context) -> BoxFuture<'static, Response>;
}

struct AxumHandler<H, T> {
    handler: H,
    arguments: PhantomData<fn() -> T>,
}

impl<H, T> CallHandler for AxumHandler<H, T>
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
    served: Vec<MethodEndpoint>,
}

/// One method and what serves it.
#[derive(Clone)]
pub(crate) struct MethodEndpoint {
    method: Method,
    pub(crate) endpoint: Endpoint,
    /// The index of the set of what it reads, once it is in an app.
    pub(crate) headers: usize,
}

impl Methods {
    /// Adds the handler for `method`; the first one added for a method serves it.
    #[must_use]
    pub fn on<H, T>(self, method: Method, handler: H) -> Self
    where
        H: Handler<T, Context> + Sync,
        T: 'static,
    {
        let endpoint = AxumHandler {
            handler,
            arguments: PhantomData,
        };
        self.serve(method, Endpoint::Handler(Arc::new(endpoint)))
    }

    /// The operation as the only one of its path.
    pub(crate) fn of(route: &'static Route, layered: Option<Layered>) -> Self {
        let endpoint = Endpoint::Operation(route, layered);
        Self::default().serve(route.method.clone(), endpoint)
    }

    fn serve(mut self, method: Method, endpoint: Endpoint) -> Self {
        self.served.push(MethodEndpoint {
            method,
            endpoint,
            headers: HeaderSets::ALL,
        });
        self
    }

    /// Adds what is served at the same path, or tells the method that is served already.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Method> {
        for served in other.served {
            if self
                .served
                .iter()
                .any(|known| known.method == served.method)
            {
                return Err(served.method);
            }
            self.served.push(served);
        }
        Ok(())
    }

    /// Adds what is read here to the sets of the app.
    pub(crate) fn add_to(&mut self, sets: &mut HeaderSets) {
        for served in &mut self.served {
            served.headers = sets.add(served.endpoint.reads());
        }
    }

    pub(crate) fn find(&self, method: &Method) -> Option<&MethodEndpoint> {
        let find = |method: &Method| self.served.iter().find(|served| served.method == method);
        find(method).or_else(|| {
            (method == Method::HEAD)
                .then(|| find(&Method::GET))
                .flatten()
        })
    }

    /// The value of `Allow` (RFC 9110 section 10.2.1).
    pub(crate) fn allow(&self) -> HeaderValue {
        let mut names: Vec<&str> = self
            .served
            .iter()
            .map(|served| served.method.as_str())
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
            .entries(self.served.iter().map(|served| &served.method))
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
