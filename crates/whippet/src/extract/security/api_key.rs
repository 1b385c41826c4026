//! API keys in a header, in the query or in a cookie.

use std::borrow::Cow;
use std::marker::PhantomData;

use axum::http::request::Parts;
use url::form_urlencoded;

use super::{challenge, credentials_extractor};
use crate::extract::{Argument, cookies::cookies};
use crate::openapi::{OperationBuilder, ParameterLocation, SecurityScheme};
use crate::problem::types::AUTHENTICATION_FAILED;
use crate::routing::Reads;
use crate::{Problem, Secret};

/// The name of the parameter that contains an API key.
///
/// ```
/// use whippet::extract::{ApiKeyHeader, ApiKeyName};
/// use whippet::{Config, Problem, dependency, get};
///
/// struct ServiceKey;
///
/// impl ApiKeyName for ServiceKey {
///     const NAME: &str = "x-service-key";
/// }
///
/// #[derive(Clone)]
/// struct Service;
///
/// #[dependency]
/// async fn service(given: ApiKeyHeader<ServiceKey>, config: Config) -> Result<Service, Problem> {
///     match config.secret("SERVICE_KEY") {
///         Some(key) if key.matches(given.key().expose()) => Ok(Service),
///         _ => Err(ApiKeyHeader::<ServiceKey>::invalid("the key is not valid")),
///     }
/// }
///
/// #[get("/report")]
/// async fn report(_: Service) -> &'static str {
///     "all is well"
/// }
/// # let _ = report;
/// ```
pub trait ApiKeyName: Send + Sync + 'static {
    /// The name of the header, of the query parameter or of the cookie. The name of a header must be in lower case.
    const NAME: &'static str;
}

/// The challenge for a missing or wrong API key. RFC 9110 section 11.6.1 requires a challenge in each 401. IANA
/// registers no authentication scheme for API keys, so Whippet uses this name.
const CHALLENGE: &str = "ApiKey";

macro_rules! api_keys {
    ($($(#[doc = $doc:literal])+ $type:ident($location:ident, $reads:expr, $where:literal) |$parts:ident| $value:expr;)*) => {$(
        $(#[doc = $doc])+
        ///
        /// A request without the key, or with an empty key, gets a 401 with `WWW-Authenticate: ApiKey`; an `Option` of
        /// this type accepts a request without the key.
        #[derive(Debug, Clone)]
        pub struct $type<N>(Secret<String>, PhantomData<fn() -> N>);

        impl<N: ApiKeyName> $type<N> {
            /// Returns the key.
            #[must_use]
            pub fn key(&self) -> &Secret<String> {
                &self.0
            }

            /// Creates the 401 for a key that is not valid.
            pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Problem {
                challenge(CHALLENGE, detail)
            }

            fn missing() -> Problem {
                Self::invalid(format!(concat!("the request has no API key; send it in the ", $where, " {:?}"), N::NAME))
            }

            #[allow(clippy::unnecessary_wraps, reason = "the macro `credentials_extractor` needs a result")]
            fn read($parts: &Parts) -> Result<Option<Self>, Problem> {
                let key: Option<String> = $value;
                let key = key.filter(|key| !key.is_empty());
                Ok(key.map(|key| Self(Secret::new(key), PhantomData)))
            }
        }

        credentials_extractor!($type<N: ApiKeyName>);

        impl<N: ApiKeyName> Argument for $type<N> {
            const READS: Reads = $reads;

            fn describe(operation: &mut OperationBuilder<'_>) {
                let location = ParameterLocation::$location;
                let name = format!("{}-{}", location.name(), N::NAME).replace(|c| !is_in_names(c), "_");
                operation.security(&name, SecurityScheme::api_key("", location, N::NAME).object());
                operation.problem(&AUTHENTICATION_FAILED);
            }
        }
    )*};
}

/// Returns whether OpenAPI allows the character in the name of a component (OpenAPI 3.1.0 section 4.8.7.1).
fn is_in_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

api_keys! {
    /// The API key in the header [`N::NAME`](ApiKeyName::NAME). The key is not verified yet.
    ApiKeyHeader(Header, Reads::Headers(&[N::NAME]), "header") |parts| {
        let value = parts.headers.get(N::NAME);
        value.and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    /// The API key in the query parameter [`N::NAME`](ApiKeyName::NAME). The key is not verified yet.
    ///
    /// Servers and proxies log URLs, and with them the key. Prefer [`ApiKeyHeader`].
    ApiKeyQuery(Query, Reads::Nothing, "query parameter") |parts| {
        let mut pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(name, _)| name == N::NAME).map(|(_, value)| value.into_owned())
    };
    /// The API key in the cookie [`N::NAME`](ApiKeyName::NAME). The key is not verified yet.
    ///
    /// Pages of other sites can make a browser send a request with the cookie, unless the cookie has the attribute
    /// `SameSite`. Every [`SetCookie`](crate::response::SetCookie) has this attribute.
    ApiKeyCookie(Cookie, Reads::Headers(&["cookie"]), "cookie") |parts| {
        let mut cookies = cookies(&parts.headers);
        cookies.find(|(name, _)| *name == N::NAME).map(|(_, value)| value.to_owned())
    };
}
