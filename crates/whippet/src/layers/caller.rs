//! Uses a dependency of the app to identify the caller of a request.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;

use crate::Context;

/// Returns a key of type `K` for the caller of a request. If the dependency rejects the request, returns the rejection.
pub(super) type Caller<K> = Arc<dyn Identify<K>>;

/// Creates a `Caller` that resolves the dependency `D` and passes it to `key`.
pub(super) fn caller<D, K>(key: impl Fn(D) -> K + Send + Sync + 'static) -> Caller<K>
where
    D: FromRequestParts<Context> + 'static,
    K: 'static,
{
    Arc::new(ByDependency {
        key,
        dependency: PhantomData::<fn(D)>,
    })
}

pub(super) trait Identify<K>: Send + Sync {
    fn identify<'a>(
        &'a self,
        request: &'a mut Parts,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<K, Response>>;
}

struct ByDependency<D, F> {
    key: F,
    dependency: PhantomData<fn(D)>,
}

impl<D, K, F> Identify<K> for ByDependency<D, F>
where
    D: FromRequestParts<Context> + 'static,
    F: Fn(D) -> K + Send + Sync,
{
    fn identify<'a>(
        &'a self,
        request: &'a mut Parts,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<K, Response>> {
        Box::pin(async move {
            let resolved = D::from_request_parts(request, context).await;
            let dependency = resolved.map_err(IntoResponse::into_response)?;
            Ok((self.key)(dependency))
        })
    }
}
