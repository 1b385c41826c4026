//! The paths of an app, put together when it starts.

use std::collections::HashMap;

use super::{HeaderSets, Methods, Route};
use crate::layered::Layered;

/// Finds what serves a path, and the pattern that the path matches.
pub(crate) type Router = matchit::Router<(&'static str, Methods)>;

/// Paths with what serves them, each once, in the order in which they were first named.
#[derive(Default)]
pub(crate) struct Paths {
    list: Vec<(&'static str, Methods)>,
    places: HashMap<&'static str, usize>,
    ids: HashMap<&'static str, &'static str>,
}

impl Paths {
    /// Serves `path` with these methods too.
    pub(crate) fn add(&mut self, path: &'static str, methods: Methods) -> Result<(), String> {
        if let Some(&place) = self.places.get(path) {
            return self.list[place].1.merge(methods).map_err(|method| {
                format!("the route {path} cannot be added: {method} is served there already")
            });
        }
        self.places.insert(path, self.list.len());
        self.list.push((path, methods));
        Ok(())
    }

    /// Serves an operation, whose id must be its own, within the layers of its group.
    pub(crate) fn add_operation(
        &mut self,
        route: &'static Route,
        layered: Option<Layered>,
    ) -> Result<(), String> {
        let Route { id, path, .. } = *route;
        if let Some(other) = self.ids.insert(id, path) {
            return Err(format!(
                "two operations have the id {id:?}, at {other} and at {path}: rename one of the functions"
            ));
        }
        self.add(path, Methods::of(route, layered))
    }

    /// The router that finds a path, and the sets of headers that its handlers read.
    pub(crate) fn into_router(self) -> Result<(Router, HeaderSets), String> {
        let mut router = Router::new();
        let mut headers = HeaderSets::new();
        for (path, mut methods) in self.list {
            methods.add_to(&mut headers);
            router
                .insert(path, (path, methods))
                .map_err(|error| format!("the route {path} cannot be added: {error}"))?;
        }
        Ok((router, headers))
    }
}
