//! The methods of a path, such as `get(list).post(create)`.

use axum::handler::Handler;
use axum::http::{HeaderValue, Method};

use super::{Endpoint, HeaderSets, Mounted};
use crate::Context;
use crate::layered::LayeredService;

/// The handlers of a path, by method.
///
/// If the path has no handler for `HEAD`, the handler of `GET` is called for a `HEAD` request. If the path has no
/// handler for another method, the response to this method is a 405, or a 204 for `OPTIONS`. Both responses list the
/// supported methods in the header `Allow`.
#[derive(Clone, Default)]
pub struct Methods {
    endpoints: Vec<MethodEndpoint>,
}

/// A method and its endpoint.
#[derive(Clone)]
pub(crate) struct MethodEndpoint {
    method: Method,
    pub(crate) endpoint: Endpoint,
    /// The index of the header set in [`HeaderSets`] that contains the headers for this endpoint.
    pub(crate) header_set: usize,
}

impl Methods {
    /// Adds a handler for `method`. If `method` already has a handler, the new handler is never called.
    #[must_use]
    pub fn on<H, T>(self, method: Method, handler: H) -> Self
    where
        H: Handler<T, Context> + Sync,
        T: 'static,
    {
        self.with_endpoint(method, Endpoint::handler(handler))
    }

    /// Creates the methods of a path that has only this operation.
    pub(crate) fn of(operation: Mounted) -> Self {
        let method = operation.route.method.clone();
        Self::default().with_endpoint(method, operation.into_endpoint())
    }

    /// Wraps each endpoint in the layers.
    pub(crate) fn inside(&mut self, layers: &LayeredService) {
        for endpoint in &mut self.endpoints {
            endpoint.endpoint.inside(layers);
        }
    }

    fn with_endpoint(mut self, method: Method, endpoint: Endpoint) -> Self {
        self.endpoints.push(MethodEndpoint {
            method,
            endpoint,
            header_set: HeaderSets::ALL,
        });
        self
    }

    /// Adds the endpoints of `other`. Fails if both have an endpoint for the same method, and returns this method.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Method> {
        for new in other.endpoints {
            if self
                .endpoints
                .iter()
                .any(|existing| existing.method == new.method)
            {
                return Err(new.method);
            }
            self.endpoints.push(new);
        }
        Ok(())
    }

    /// For each endpoint, adds the set of the headers that the endpoint reads to `sets`, and stores the index of the
    /// set.
    pub(crate) fn add_to(&mut self, sets: &mut HeaderSets) {
        for endpoint in &mut self.endpoints {
            endpoint.header_set = sets.add(&endpoint.endpoint.reads());
        }
    }

    /// Returns the endpoint for a method. For `HEAD`, this is the endpoint of `GET` if `HEAD` has none of its own.
    pub(crate) fn find(&self, method: &Method) -> Option<&MethodEndpoint> {
        let find = |method: &Method| {
            let mut endpoints = self.endpoints.iter();
            endpoints.find(|endpoint| endpoint.method == method)
        };
        find(method).or_else(|| {
            (method == Method::HEAD)
                .then(|| find(&Method::GET))
                .flatten()
        })
    }

    /// Returns the value of the header `Allow` (RFC 9110 section 10.2.1).
    pub(crate) fn allow(&self) -> HeaderValue {
        let mut names: Vec<&str> = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.method.as_str())
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
            .entries(self.endpoints.iter().map(|endpoint| &endpoint.method))
            .finish()
    }
}

macro_rules! methods {
    ($($name:ident $method:ident;)*) => {
        $(
            #[doc = concat!("Calls `handler` for `", stringify!($method), "` requests.")]
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
                #[doc = concat!("Also calls `handler` for `", stringify!($method), "` requests.")]
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
