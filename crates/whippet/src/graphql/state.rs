//! The state that the resolvers of a request share.

use std::any::TypeId;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures_util::lock::Mutex;

use super::loads::Loads;
use crate::routing::{Dependency, IntoProblem, keep, resolved};
use crate::{Context, Problem};

/// The state that the resolvers of a request share: the request, its dependencies and its loads.
pub(super) struct RequestState {
    pub(super) context: Context,
    pub(super) loads: Arc<Loads>,
    /// The lock is held while a dependency is resolved. Otherwise, two resolvers could resolve the same dependency, or
    /// a dependency that both need, at the same time.
    resolving: Mutex<Resolving>,
}

struct Resolving {
    parts: Parts,
    /// The rejections of dependencies. Without them, 100 fields would look up the same invalid key 100 times.
    rejected: Vec<(TypeId, Scopes, Arc<Problem>)>,
}

type Scopes = &'static [&'static str];

impl RequestState {
    pub(super) fn new(parts: Parts, context: Context) -> Arc<Self> {
        Arc::new(Self {
            context,
            loads: Arc::default(),
            resolving: Mutex::new(Resolving {
                parts,
                rejected: Vec::new(),
            }),
        })
    }

    /// Returns the dependency. The first call resolves the dependency, which has to check `scopes`.
    pub(super) async fn dependency<D>(&self, scopes: Scopes) -> Result<D, Arc<Problem>>
    where
        D: Dependency + FromRequestParts<Context, Rejection: IntoProblem>,
    {
        let context = self.context.clone().with_scopes(scopes);
        let resolving = &mut *self.resolving.lock().await;
        if let Some(value) = resolved(&resolving.parts, &context) {
            return Ok(value);
        }
        let id = TypeId::of::<D>();
        let is_same =
            |(other, required, _): &&(TypeId, Scopes, _)| *other == id && *required == scopes;
        if let Some((_, _, problem)) = resolving.rejected.iter().find(is_same) {
            return Err(Arc::clone(problem));
        }
        match D::from_request_parts(&mut resolving.parts, &context).await {
            Ok(value) => Ok(keep(&mut resolving.parts, &context, value)),
            Err(rejection) => {
                let problem = Arc::new(rejection.into_problem());
                resolving.rejected.push((id, scopes, Arc::clone(&problem)));
                Err(problem)
            }
        }
    }
}
