//! Gives resolvers access to their request.

use std::sync::Arc;

use async_graphql::{Error, Result};
use axum::extract::FromRequestParts;

use super::Loader;
use super::errors::shared;
use super::loads::Loads;
use super::state::RequestState;
use crate::routing::{Dependency, IntoProblem};
use crate::{Context, Db, Problem};

/// Extends async-graphql's `Context` with methods that give a resolver access to its request.
///
/// ```
/// use async_graphql::{EmptyMutation, EmptySubscription, Object, Result, Schema};
/// use whippet::graphql::{self, ResolverContext};
/// use whippet::extract::Bearer;
/// use whippet::testing::TestApp;
/// use whippet::{App, Problem, dependency};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// #[dependency]
/// async fn user(given: Bearer) -> Result<User, Problem> {
///     match given.token().matches("ada's token") {
///         true => Ok(User("Ada".to_owned())),
///         false => Err(Bearer::invalid("the token is not valid")),
///     }
/// }
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     async fn me(&self, ctx: &async_graphql::Context<'_>) -> Result<String> {
///         Ok(ctx.dependency::<User>().await?.0)
///     }
/// }
///
/// fn app() -> App {
///     let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
///     App::new().routes(graphql::routes("/graphql", schema))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await.with(User("Grace".to_owned()));
/// let response = app.post("/graphql").json(&serde_json::json!({"query": "{ me }"})).await;
/// assert_eq!(response.text(), r#"{"data":{"me":"Grace"}}"#);
/// # });
/// ```
pub trait ResolverContext {
    /// Returns the context of the request.
    ///
    /// # Errors
    ///
    /// Fails with an internal error if something other than [`routes`](super::routes) executes the schema.
    fn request_context(&self) -> Result<&Context>;

    /// Returns the database.
    ///
    /// # Errors
    ///
    /// Fails like [`request_context`](Self::request_context).
    fn db(&self) -> Result<Db>;

    /// Returns a dependency of the request: a type with [`#[dependency]`](macro@crate::dependency), or any other
    /// extractor that can be cloned and does not read the body. A dependency is resolved once in a request, even if
    /// many resolvers need it. Tests can override the dependency, as they can for handlers.
    ///
    /// # Errors
    ///
    /// Returns an error if the dependency rejects the request. The rejection is converted into a problem, whose fields
    /// become extensions of the error.
    fn dependency<D>(&self) -> impl Future<Output = Result<D>> + Send
    where
        D: Dependency + FromRequestParts<Context, Rejection: IntoProblem>;

    /// Returns the value of a key, or `None` if `L` finds no value. One call of `L` reads the values of all keys that
    /// the request's resolvers wait for: see [`Loader`].
    ///
    /// # Errors
    ///
    /// Returns an error if `L` cannot read the value.
    fn load<L: Loader>(&self, key: L::Key)
    -> impl Future<Output = Result<Option<L::Value>>> + Send;
}

impl ResolverContext for async_graphql::Context<'_> {
    fn request_context(&self) -> Result<&Context> {
        Ok(&state(self)?.context)
    }

    fn db(&self) -> Result<Db> {
        Ok(state(self)?.context.db())
    }

    async fn dependency<D>(&self) -> Result<D>
    where
        D: Dependency + FromRequestParts<Context, Rejection: IntoProblem>,
    {
        dependency_with(self, &[]).await
    }

    async fn load<L: Loader>(&self, key: L::Key) -> Result<Option<L::Value>> {
        let state = state(self)?;
        let loaded = Loads::load::<L>(&state.loads, &state.context, key).await;
        loaded.map_err(|problem| shared(&problem))
    }
}

/// Returns a dependency that has checked the scopes.
pub(super) async fn dependency_with<D>(
    ctx: &async_graphql::Context<'_>,
    scopes: &'static [&'static str],
) -> Result<D>
where
    D: Dependency + FromRequestParts<Context, Rejection: IntoProblem>,
{
    let resolved = state(ctx)?.dependency(scopes).await;
    resolved.map_err(|problem| shared(&problem))
}

fn state<'a>(ctx: &async_graphql::Context<'a>) -> Result<&'a RequestState> {
    let state = ctx.data_opt::<Arc<RequestState>>();
    state.map(AsRef::as_ref).ok_or_else(|| {
        let cause = "the schema is not executed by `whippet::graphql::routes`";
        Error::new_with_source(Problem::internal(cause))
    })
}
