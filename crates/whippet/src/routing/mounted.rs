//! Operations, with the settings of their groups.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;

use super::{Around, CallHandler, Endpoint, Methods, Reads, Route};
use crate::Context;
use crate::extract::Argument;
#[cfg(not(target_arch = "wasm32"))]
use crate::extract::ArgumentCheck;
use crate::layered::LayeredService;
#[cfg(not(target_arch = "wasm32"))]
use crate::openapi::OperationBuilder;

/// An operation of an app, with the settings of its groups.
#[derive(Clone)]
pub(crate) struct Mounted {
    pub(crate) route: &'static Route,
    /// The closure that handles the operation, instead of `Route::call`. `None` if `Route::call` handles the operation.
    pub(crate) closure: Option<Arc<CallHandler>>,
    /// Returns the additional plain routes of the operation, if it has any. If several operations have the same
    /// function here, the app adds its routes once.
    pub(crate) plain: Option<PlainRoutes>,
    /// The path of the operation, with the prefixes of its groups.
    pub(crate) path: &'static str,
    /// The tag of the operation in the OpenAPI document.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) tag: Option<&'static str>,
    /// Whether the OpenAPI document describes the operation.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) is_documented: bool,
    /// The dependencies of the groups, from the outermost to the innermost group.
    pub(crate) dependencies: Vec<GroupDependency>,
    /// The layers of the groups, from the outermost to the innermost group.
    pub(crate) layers: Vec<LayeredService>,
}

/// A function that returns plain routes and their paths.
pub(crate) type PlainRoutes = fn() -> Vec<(&'static str, Methods)>;

/// A dependency of a group, which is resolved before an operation is called.
#[derive(Clone, Copy)]
pub(crate) struct GroupDependency {
    pub(super) resolve: Resolve,
    /// The function [`Endpoint::call_dependencies`]. If no group of the program has a dependency, the function is not
    /// linked.
    pub(super) call: fn(Endpoint, Request, Context) -> BoxFuture<'static, Response>,
    pub(super) reads: Reads,
    pub(super) checks_scopes: bool,
    pub(super) around: Around,
    // Only a native program describes and checks its operations. A WebAssembly program contains the finished document.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) describe: fn(&mut OperationBuilder<'_>),
    #[cfg(not(target_arch = "wasm32"))]
    check: fn(&ArgumentCheck<'_>) -> Result<(), String>,
}

type Resolve = for<'a> fn(&'a mut Parts, &'a Context) -> BoxFuture<'a, Result<(), Response>>;

impl GroupDependency {
    pub(super) fn of<D: FromRequestParts<Context> + Argument + 'static>() -> Self {
        Self {
            resolve: |parts, context| {
                Box::pin(async move {
                    let resolved = D::from_request_parts(parts, context).await;
                    resolved.map(drop).map_err(IntoResponse::into_response)
                })
            },
            call: Endpoint::call_dependencies,
            reads: D::READS,
            checks_scopes: D::CHECKS_SCOPES,
            around: D::AROUND,
            #[cfg(not(target_arch = "wasm32"))]
            describe: D::describe,
            #[cfg(not(target_arch = "wasm32"))]
            check: D::check,
        }
    }
}

impl Mounted {
    pub(crate) fn new(route: &'static Route) -> Self {
        Self {
            route,
            closure: None,
            plain: None,
            path: route.path,
            #[cfg(not(target_arch = "wasm32"))]
            tag: route.document.tag,
            #[cfg(not(target_arch = "wasm32"))]
            is_documented: true,
            dependencies: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Adds the dependencies and the layers of a group. They come before those of the inner groups, although the inner
    /// groups were added first.
    pub(crate) fn put_inside(
        &mut self,
        dependencies: &[GroupDependency],
        layers: Option<&LayeredService>,
    ) {
        for (at, dependency) in dependencies.iter().enumerate() {
            self.dependencies.insert(at, *dependency);
        }
        if let Some(layers) = layers {
            self.layers.insert(0, Arc::clone(layers));
        }
    }

    pub(super) fn into_endpoint(self) -> Endpoint {
        Endpoint::operation(self.route, self.closure, self.dependencies, self.layers)
    }

    /// Returns an error if the operation declares scopes that nothing checks. An argument of the operation, or a
    /// dependency of its groups, must check them.
    pub(super) fn check_scopes(&self) -> Result<(), String> {
        let Route { id, scopes, .. } = self.route;
        let mut dependencies = self.dependencies.iter();
        let is_checked =
            self.route.checks_scopes || dependencies.any(|dependency| dependency.checks_scopes);
        if scopes.is_empty() || is_checked {
            return Ok(());
        }
        Err(format!(
            "the operation {id:?} declares scopes, but no argument checks them: take a dependency that has an argument `RequiredScopes`"
        ))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Mounted {
    /// Returns the names of the path parameters, in the order of the path pattern.
    pub(crate) fn parameter_names(&self) -> Vec<&'static str> {
        let parts = self.path.split('{').skip(1);
        parts
            .filter_map(|part| Some(part.split_once('}')?.0.trim_start_matches('*')))
            .collect()
    }

    /// Returns an error if the path contains a parameter twice. Also returns an error if the app lacks something that
    /// the operation needs, such as a path parameter or a state. Both the arguments of the operation and the
    /// dependencies of its groups are checked.
    pub(super) fn check(&self, context: &Context) -> Result<(), String> {
        let names = self.parameter_names();
        let app = ArgumentCheck {
            path_names: &names,
            states: context.states(),
            body_limit: context.body_limit(),
        };
        let twice = names
            .iter()
            .enumerate()
            .find(|(at, name)| names[..*at].contains(name));
        let once = match twice {
            None => Ok(()),
            Some((_, name)) => Err(format!(
                "the path has two parameters `{name}`: rename one, in the path of the operation or in the prefix of a group"
            )),
        };
        let dependencies = self.dependencies.iter();
        let mut checks = dependencies.map(|dependency| dependency.check);
        let checked = once
            .and_then(|()| checks.try_for_each(|check| check(&app)))
            .and_then(|()| (self.route.document.check)(&app));
        let (Route { method, id, .. }, path) = (self.route, self.path);
        checked.map_err(|error| {
            format!("the operation {id:?} cannot be added at {method} {path}: {error}")
        })
    }
}

impl std::fmt::Debug for Mounted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mounted")
            .field("path", &self.path)
            .field("id", &self.route.id)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GroupDependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupDependency")
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}
