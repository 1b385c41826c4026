//! Guards: a guard uses a dependency to protect a field.

use std::marker::PhantomData;

use async_graphql::{Guard, Result};
use axum::extract::FromRequestParts;

use super::resolver::dependency_with;
use crate::Context;
use crate::routing::{Dependency, IntoProblem};

/// A guard that resolves the dependency `D` before a field is resolved. If `D` rejects the request, the rejection
/// becomes the error of the field, and the resolver of the field does not run.
///
/// ```
/// use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};
/// use whippet::graphql::{self, Requires};
/// use whippet::extract::{Bearer, RequiredScopes};
/// use whippet::testing::TestApp;
/// use whippet::{App, Problem, dependency};
///
/// #[derive(Clone)]
/// struct User;
///
/// #[dependency]
/// async fn user(given: Bearer, required: RequiredScopes) -> Result<User, Problem> {
///     if !given.token().matches("ada's token") {
///         return Err(Bearer::invalid("the token is not valid"));
///     }
///     required.check(|scope| scope == "invoices:read")?;
///     Ok(User)
/// }
///
/// #[derive(SimpleObject)]
/// struct Report {
///     title: &'static str,
///     #[graphql(guard = "Requires::<User>::with_scopes(&[\"invoices:read\"])")]
///     revenue: i32,
///     #[graphql(guard = "Requires::<User>::with_scopes(&[\"payroll:read\"])")]
///     salaries: Option<i32>,
/// }
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     async fn report(&self) -> Report {
///         Report { title: "2026", revenue: 7, salaries: Some(3) }
///     }
/// }
///
/// # whippet::testing::block_on(async {
/// let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
/// let app = TestApp::new(|_| Ok(App::new().routes(graphql::routes("/graphql", schema)))).await;
/// let query = serde_json::json!({"query": "{ report { title revenue salaries } }"});
/// let response: serde_json::Value = app.post("/graphql").bearer("ada's token").json(&query).await.json();
/// assert_eq!(response["data"]["report"]["revenue"], 7);
/// assert_eq!(response["data"]["report"]["salaries"], serde_json::Value::Null);
/// assert_eq!(response["errors"][0]["extensions"]["code"], "insufficient_scope");
/// # });
/// ```
pub struct Requires<D> {
    scopes: &'static [&'static str],
    dependency: PhantomData<fn() -> D>,
}

impl<D> Requires<D> {
    /// Requires the dependency `D`.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_scopes(&[])
    }

    /// Requires the dependency `D`, which checks these scopes with the argument
    /// [`RequiredScopes`](crate::extract::RequiredScopes).
    #[must_use]
    pub const fn with_scopes(scopes: &'static [&'static str]) -> Self {
        Self {
            scopes,
            dependency: PhantomData,
        }
    }
}

impl<D> Default for Requires<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D> std::fmt::Debug for Requires<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requires")
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl<D> Guard for Requires<D>
where
    D: Dependency + FromRequestParts<Context, Rejection: IntoProblem>,
{
    async fn check(&self, ctx: &async_graphql::Context<'_>) -> Result<()> {
        dependency_with::<D>(ctx, self.scopes).await.map(drop)
    }
}
