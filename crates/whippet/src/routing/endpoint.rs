//! Endpoints. Each method of a path has an endpoint, which calls an operation or a handler.

use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;

use super::{AroundFn, GroupDependency, Next, Reads, Route};
use crate::layered::LayeredService;
use crate::{Context, Problem};

/// An operation or an axum handler, together with the dependencies and the layers of the groups that contain it.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    target: Target,
    /// The functions that run around the operation because of its dependencies and arguments. The outermost function is
    /// the first.
    around: Vec<AroundFn>,
    /// The dependencies of the groups. They are resolved before the target is called.
    dependencies: Vec<GroupDependency>,
    /// The layers of the groups. The outermost layers are the first.
    layers: Vec<LayeredService>,
}

#[derive(Clone)]
enum Target {
    Handler(Arc<CallHandler>),
    Operation(&'static Route),
    /// An operation whose handler is a closure.
    Closure(&'static Route, Arc<CallHandler>),
}

/// The endpoint of a request, and the number of groups whose layers the request has already entered. The extensions of
/// the request contain this value while the request passes through the layers.
#[derive(Clone)]
struct Passing(Endpoint, usize);

impl Endpoint {
    pub(super) fn operation(
        route: &'static Route,
        closure: Option<Arc<CallHandler>>,
        dependencies: Vec<GroupDependency>,
        layers: Vec<LayeredService>,
    ) -> Self {
        let mut around = Vec::new();
        for dependency in &dependencies {
            dependency.around.add_to(&mut around);
        }
        for one in route.around {
            one.add_to(&mut around);
        }
        Self(Arc::new(Parts {
            target: match closure {
                None => Target::Operation(route),
                Some(closure) => Target::Closure(route, closure),
            },
            around,
            dependencies,
            layers,
        }))
    }

    pub(super) fn handler<H, T>(handler: H) -> Self
    where
        H: Handler<T, Context> + Sync,
        T: 'static,
    {
        let call = move |request, context| -> BoxFuture<'static, Response> {
            Box::pin(handler.clone().call(request, context))
        };
        Self(Arc::new(Parts {
            target: Target::Handler(Arc::new(call)),
            around: Vec::new(),
            dependencies: Vec::new(),
            layers: Vec::new(),
        }))
    }

    /// Wraps the endpoint in the layers of a group.
    pub(super) fn inside(&mut self, layers: &LayeredService) {
        let parts = Arc::make_mut(&mut self.0);
        parts.layers.insert(0, Arc::clone(layers));
    }

    pub(crate) fn call(&self, request: Request, context: Context) -> BoxFuture<'static, Response> {
        let context = match &self.0.target {
            Target::Operation(route) | Target::Closure(route, _) => {
                context.with_scopes(route.scopes)
            }
            Target::Handler(_) => context,
        };
        match self.0.layers.first() {
            None => self.call_target(request, context),
            Some(layers) => self.call_layers(request, context, layers),
        }
    }

    fn call_layers(
        &self,
        mut request: Request,
        context: Context,
        layers: &LayeredService,
    ) -> BoxFuture<'static, Response> {
        request.extensions_mut().insert(context);
        request.extensions_mut().insert(Passing(self.clone(), 1));
        layers(request)
    }

    fn call_target(&self, request: Request, context: Context) -> BoxFuture<'static, Response> {
        self.call_around(0, request, context)
    }

    /// Calls the function at the index `at`. When this function calls `next`, the function at the next index follows.
    /// After the last function, the operation follows.
    fn call_around(
        &self,
        at: usize,
        request: Request,
        context: Context,
    ) -> BoxFuture<'static, Response> {
        let Some(around) = self.0.around.get(at) else {
            return match self.0.dependencies.first() {
                None => self.0.target.call(request, context),
                Some(dependency) => (dependency.call)(self.clone(), request, context),
            };
        };
        let (this, inner) = (self.clone(), context.clone());
        let next: Next = Box::new(move |request| this.call_around(at + 1, request, inner));
        around(request, context, next)
    }

    /// Resolves the dependencies of the groups, and then calls the target.
    pub(super) fn call_dependencies(
        self,
        request: Request,
        context: Context,
    ) -> BoxFuture<'static, Response> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            for dependency in &self.0.dependencies {
                if let Err(rejection) = (dependency.resolve)(&mut parts, &context).await {
                    return rejection;
                }
            }
            let request = Request::from_parts(parts, body);
            self.0.target.call(request, context).await
        })
    }

    pub(super) fn reads(&self) -> Vec<Reads> {
        let own: &[Reads] = match &self.0.target {
            Target::Operation(route) | Target::Closure(route, _) if self.0.layers.is_empty() => {
                route.reads
            }
            _ => &[Reads::Everything],
        };
        let mut reads = own.to_vec();
        for dependency in &self.0.dependencies {
            reads.push(dependency.reads);
        }
        reads
    }
}

impl Target {
    fn call(&self, request: Request, context: Context) -> BoxFuture<'static, Response> {
        match self {
            Self::Handler(handler) | Self::Closure(_, handler) => handler(request, context),
            Self::Operation(route) => (route.call)(request, context),
        }
    }
}

/// Returns the service that is inside the layers of a group. It passes the request on to the layers of the next inner
/// group or, after the innermost group, to the endpoint.
pub(crate) fn inside_layers() -> LayeredService {
    Arc::new(|mut request: Request| {
        let context = request.extensions().get::<Context>().cloned();
        let passing = request.extensions_mut().get_mut::<Passing>();
        let (Some(Passing(endpoint, at)), Some(context)) = (passing, context) else {
            let problem = Problem::internal("a layer removed the extensions of the request");
            return Box::pin(async { problem.into_response() });
        };
        let endpoint = endpoint.clone();
        let layers = endpoint.0.layers.get(*at);
        *at += 1;
        match layers {
            Some(layers) => layers(request),
            None => endpoint.call_target(request, context),
        }
    })
}

/// An axum handler or a closure, which may hold data.
pub(crate) type CallHandler =
    dyn Fn(Request, Context) -> BoxFuture<'static, Response> + Send + Sync;
