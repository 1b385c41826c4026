//! The paths of an app, collected while the app starts.

use std::collections::HashMap;

use super::{HeaderSets, Methods, Mounted};
use crate::Context;

/// Finds the pattern that the path of a request matches. Each pattern is stored with its methods.
pub(crate) type Router = matchit::Router<(&'static str, Methods)>;

/// The paths of an app, with their methods. `list` contains each path once, in the order in which the paths were added.
#[derive(Default)]
pub(crate) struct Paths {
    list: Vec<(&'static str, Methods)>,
    /// The index of each path in `list`.
    indices: HashMap<&'static str, usize>,
    /// The path of each operation, by the id of the operation.
    operations: HashMap<&'static str, &'static str>,
}

impl Paths {
    /// Adds methods to `path`. Fails if `path` already has a handler for one of the methods.
    pub(crate) fn add(&mut self, path: &'static str, methods: Methods) -> Result<(), String> {
        if let Some(&index) = self.indices.get(path) {
            return self.list[index].1.merge(methods).map_err(|method| {
                format!("the route {path} cannot be added: {method} already has a handler there")
            });
        }
        self.indices.insert(path, self.list.len());
        self.list.push((path, methods));
        Ok(())
    }

    /// Adds an operation. Fails if another operation has the same id, or if the operation declares scopes that nothing
    /// checks. In a native program, also fails if the app lacks something that the operation needs, such as a path
    /// parameter or a state.
    pub(crate) fn add_operation(
        &mut self,
        operation: Mounted,
        context: &Context,
    ) -> Result<(), String> {
        #[cfg(not(target_arch = "wasm32"))]
        operation.check(context)?;
        #[cfg(target_arch = "wasm32")]
        let _ = context;
        operation.check_scopes()?;
        let (id, path) = (operation.route.id, operation.path);
        if let Some(other) = self.operations.insert(id, path) {
            return Err(format!(
                "two operations have the id {id:?}, at {other} and at {path}: rename one of the functions"
            ));
        }
        self.add(path, Methods::of(operation))
    }

    /// Builds the router, and the header sets of all endpoints.
    pub(crate) fn into_router(self) -> Result<(Router, HeaderSets), String> {
        let mut router = Router::new();
        let mut header_sets = HeaderSets::new();
        for (path, mut methods) in self.list {
            methods.add_to(&mut header_sets);
            router
                .insert(path, (path, methods))
                .map_err(|error| format!("the route {path} cannot be added: {error}"))?;
        }
        Ok((router, header_sets))
    }
}
