//! Extractors for the credentials of a request. Each extractor describes itself as a security scheme in the OpenAPI
//! document.

mod api_key;
mod basic;
mod bearer;
mod scopes;

pub use api_key::{ApiKeyCookie, ApiKeyHeader, ApiKeyName, ApiKeyQuery};
pub use basic::Basic;
pub use bearer::Bearer;
pub use scopes::RequiredScopes;

use axum::http::{HeaderValue, header};

use crate::Problem;
use crate::bearer::credentials;
use crate::problem::types::AUTHENTICATION_FAILED;

/// Creates a 401 whose header `WWW-Authenticate` is `challenge` (RFC 9110 section 11.6.1).
fn challenge(
    challenge: &'static str,
    detail: impl Into<std::borrow::Cow<'static, str>>,
) -> Problem {
    let value = HeaderValue::from_static(challenge);
    AUTHENTICATION_FAILED
        .with_detail(detail)
        .header(header::WWW_AUTHENTICATE, value)
}

/// Implements an extractor for a type that has the functions `read` and `missing`. `read` returns `None` if the request
/// has no credentials of the type. `missing` returns the problem for such a request. An `Option` of the type accepts a
/// request without credentials.
macro_rules! credentials_extractor {
    ($type:ident $(<$parameter:ident: $bound:path>)?) => {
        impl<$($parameter: $bound,)? S: Sync> axum::extract::FromRequestParts<S> for $type $(<$parameter>)? {
            type Rejection = crate::Problem;

            async fn from_request_parts(
                parts: &mut axum::http::request::Parts,
                _: &S,
            ) -> Result<Self, crate::Problem> {
                Self::read(parts)?.ok_or_else(Self::missing)
            }
        }

        impl<$($parameter: $bound,)? S: Sync> axum::extract::OptionalFromRequestParts<S> for $type $(<$parameter>)? {
            type Rejection = crate::Problem;

            async fn from_request_parts(
                parts: &mut axum::http::request::Parts,
                _: &S,
            ) -> Result<Option<Self>, crate::Problem> {
                Self::read(parts)
            }
        }
    };
}

use credentials_extractor;
