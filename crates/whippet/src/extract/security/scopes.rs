//! The scopes that an operation requires.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

use crate::extract::Argument;
use crate::openapi::OperationBuilder;
use crate::problem::types::INSUFFICIENT_SCOPE;
use crate::routing::Reads;
use crate::{Context, Problem};

/// The scopes that the operation of a request requires: `#[get("/notes", scopes("notes:read"))]`. The dependency that
/// authenticates the caller should take `RequiredScopes` as an argument, and check that the caller has these scopes.
///
/// If an operation declares scopes, at least one of its arguments must use `RequiredScopes`. Otherwise, the app does
/// not start. In the OpenAPI document, each operation has its scopes, and the 403 for a caller that lacks a scope.
///
/// In a task, and in a layer of the whole app, `RequiredScopes` is empty.
///
/// ```
/// use whippet::extract::{Bearer, RequiredScopes};
/// use whippet::testing::TestApp;
/// use whippet::{App, Problem, dependency, get, routes};
///
/// #[derive(Clone)]
/// struct Caller;
///
/// #[dependency]
/// async fn caller(given: Bearer, required: RequiredScopes) -> Result<Caller, Problem> {
///     let granted: &[&str] = match given.token().expose().as_str() {
///         "reader" => &["notes:read"],
///         "writer" => &["notes:read", "notes:write"],
///         _ => return Err(Bearer::invalid("the token is not valid")),
///     };
///     required.check(|scope| granted.contains(&scope))?;
///     Ok(Caller)
/// }
///
/// #[get("/notes", scopes("notes:read"))]
/// async fn list_notes(_: Caller) -> &'static str {
///     "a note"
/// }
///
/// #[get("/drafts", scopes("notes:read", "notes:write"))]
/// async fn list_drafts(_: Caller) -> &'static str {
///     "a draft"
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(App::new().routes(routes![list_notes, list_drafts]))).await;
/// app.get("/notes").bearer("reader").await.assert_status(200);
/// let drafts = app.get("/drafts").bearer("reader").await;
/// drafts.assert_problem(403, "insufficient_scope");
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RequiredScopes(&'static [&'static str]);

impl RequiredScopes {
    /// Returns the scopes.
    #[must_use]
    pub fn scopes(&self) -> &'static [&'static str] {
        self.0
    }

    /// Checks that `has_scope` returns true for each required scope.
    ///
    /// # Errors
    ///
    /// Returns a 403 with `WWW-Authenticate: Bearer error="insufficient_scope"` and the required scopes (RFC 6750
    /// section 3.1). The detail names the missing scopes.
    pub fn check(&self, has_scope: impl Fn(&str) -> bool) -> Result<(), Problem> {
        let missing: Vec<&str> = self
            .0
            .iter()
            .copied()
            .filter(|scope| !has_scope(scope))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let detail = format!("the credentials lack the scope {}", missing.join(", "));
        let problem = INSUFFICIENT_SCOPE.with_detail(detail);
        let challenge = format!(
            "Bearer error=\"insufficient_scope\", scope=\"{}\"",
            self.0.join(" ")
        );
        Err(match HeaderValue::try_from(challenge) {
            Ok(challenge) => problem.header(header::WWW_AUTHENTICATE, challenge),
            Err(_) => problem,
        })
    }
}

impl FromRequestParts<Context> for RequiredScopes {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _: &mut Parts,
        context: &Context,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self(context.scopes()))
    }
}

impl Argument for RequiredScopes {
    const READS: Reads = Reads::Nothing;
    const CHECKS_SCOPES: bool = true;

    fn describe(operation: &mut OperationBuilder<'_>) {
        if operation.has_scopes() {
            operation.problem(&INSUFFICIENT_SCOPE);
        }
    }
}
