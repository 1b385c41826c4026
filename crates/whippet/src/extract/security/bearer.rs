//! Bearer tokens (RFC 6750).

use std::borrow::Cow;

use axum::http::request::Parts;

use super::{challenge, credentials, credentials_extractor};
use crate::extract::Argument;
use crate::openapi::{OperationBuilder, SecurityScheme};
use crate::problem::types::AUTHENTICATION_FAILED;
use crate::routing::Reads;
use crate::{Problem, Secret};

/// The token in `Authorization: Bearer <token>` (RFC 6750 section 2.1). The token is not verified yet.
///
/// A request without a token gets a 401 with `WWW-Authenticate: Bearer`; `Option<Bearer>` accepts such a request. The
/// name of the scheme is case-insensitive. One or more spaces separate the scheme from the token.
///
/// Verify the token in a dependency, so that each operation that takes the dependency is authenticated and documented:
///
/// ```
/// use whippet::extract::Bearer;
/// use whippet::{Db, Problem, dependency, get, query};
///
/// #[derive(Clone)]
/// struct User {
///     name: String,
/// }
///
/// #[dependency]
/// async fn user(given: Bearer, db: Db) -> Result<User, Problem> {
///     let name = query("select name from users where token = ?1").bind(given.token().expose());
///     let name: Option<String> = name.fetch_optional(&db).await?;
///     let name = name.ok_or_else(|| Bearer::invalid("the token is not valid"))?;
///     Ok(User { name })
/// }
///
/// #[get("/whoami")]
/// async fn whoami(user: User) -> String {
///     user.name
/// }
/// # let _ = whoami;
/// ```
#[derive(Debug, Clone)]
pub struct Bearer(Secret<String>);

impl Bearer {
    /// Returns the token, which consists of visible ASCII characters and of spaces between these characters.
    #[must_use]
    pub fn token(&self) -> &Secret<String> {
        &self.0
    }

    /// Creates the 401 for a token that is not valid, with `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750
    /// section 3.1).
    pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Problem {
        challenge("Bearer error=\"invalid_token\"", detail)
    }

    fn missing() -> Problem {
        Problem::unauthorized(
            "the request has no token; send it as `Authorization: Bearer <token>`",
        )
    }

    fn read(parts: &Parts) -> Result<Option<Self>, Problem> {
        let Some(token) = credentials(&parts.headers, "bearer") else {
            return Ok(None);
        };
        match std::str::from_utf8(token) {
            Ok(token) if !token.is_empty() && crate::bearer::is_sendable(token) => {
                Ok(Some(Self(Secret::new(token.to_owned()))))
            }
            _ => Err(Self::invalid(
                "the token is empty or has a character that is not allowed in a token; send it as `Authorization: Bearer <token>`",
            )),
        }
    }
}

credentials_extractor!(Bearer);

impl Argument for Bearer {
    const READS: Reads = Reads::Headers(&["authorization"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.security_schemes(&[SecurityScheme::bearer("bearer")]);
        operation.problem(&AUTHENTICATION_FAILED);
    }
}
