//! JSON Web Tokens (RFC 7519). Needs the feature `jwt`.
//!
//! A [`JwtVerifier`] verifies the signature of a token (HS256, ES256 or EdDSA with Ed25519) and the claims `exp`, `nbf`,
//! `iss` and `aud`. The key decides which algorithm is accepted, so a token cannot choose a weaker one.
//!
//! ```
//! use serde::Deserialize;
//! use whippet::extract::Bearer;
//! use whippet::jwt::JwtVerifier;
//! use whippet::{App, Context, Problem, State, dependency, get, routes};
//!
//! #[derive(Deserialize)]
//! struct Claims {
//!     sub: String,
//! }
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! #[dependency]
//! async fn user(given: Bearer, jwt: State<JwtVerifier>, context: Context) -> Result<User, Problem> {
//!     let claims: Claims = jwt.verify(given.token().expose(), &context).await?;
//!     Ok(User(claims.sub))
//! }
//!
//! #[get("/whoami")]
//! async fn whoami(User(id): User) -> String {
//!     id
//! }
//!
//! fn app() -> App {
//!     let jwt = JwtVerifier::jwks("https://login.example/.well-known/jwks.json");
//!     App::new()
//!         .state(jwt.issuer("https://login.example/").audience("https://api.example"))
//!         .routes(routes![whoami])
//! }
//! # drop(app());
//! ```

mod claims;
mod error;
mod jwks;
mod key;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use error::JwtError;
pub use key::{InvalidKey, JwtKey};

use self::claims::Registered;
use self::jwks::Jwks;
use crate::{Context, Secret};

/// Verifies tokens: see the [module](self).
///
/// By default, the verifier requires the claim `exp`, and rejects a token with the claim `aud`. It tolerates a
/// difference of 60 s between the issuer's clock and its own.
#[derive(Debug, Clone)]
pub struct JwtVerifier {
    keys: Keys,
    issuer: Option<String>,
    audience: Option<String>,
    leeway: Duration,
}

#[derive(Debug, Clone)]
enum Keys {
    Fixed(Vec<JwtKey>),
    Remote(Arc<Jwks>),
}

/// The header of a token (RFC 7515 section 4.1).
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

impl JwtVerifier {
    /// Creates a verifier for tokens that are signed with the secret (HS256).
    ///
    /// # Errors
    ///
    /// Returns an error if the secret has less than 32 bytes (RFC 7518 section 3.2).
    pub fn hs256(secret: &Secret<impl AsRef<[u8]>>) -> Result<Self, InvalidKey> {
        Ok(Self::with_keys([JwtKey::hs256(secret)?]))
    }

    /// Creates a verifier for tokens that are signed with one of the keys.
    pub fn with_keys(keys: impl IntoIterator<Item = JwtKey>) -> Self {
        Self::new(Keys::Fixed(keys.into_iter().collect()))
    }

    /// Creates a verifier for tokens that are signed with a key of the JSON Web Key Set at `url` (RFC 7517 section 5).
    ///
    /// Each instance fetches the key set when it verifies its first token, and caches the set for an hour. If a token
    /// names an unknown key, the set is fetched again, but at most once a minute. If the set cannot be fetched, the
    /// cached keys stay in use. Keys for other algorithms, such as RSA, are ignored.
    pub fn jwks(url: impl Into<String>) -> Self {
        Self::new(Keys::Remote(Arc::new(Jwks::new(url.into()))))
    }

    fn new(keys: Keys) -> Self {
        Self {
            keys,
            issuer: None,
            audience: None,
            leeway: Duration::from_secs(60),
        }
    }

    /// Requires that the claim `iss` is `issuer`.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Requires that the claim `aud` is or contains `audience`.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the tolerated difference between the issuer's clock and this program's clock: 60 s by default.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Verifies a token, and returns its claims as a `T`.
    ///
    /// # Errors
    ///
    /// Returns the reason why the token is not valid. If the error is converted into a [`Problem`](crate::Problem), the
    /// problem is a 401 with `WWW-Authenticate: Bearer error="invalid_token"`, or a 500 if the key set cannot be
    /// fetched.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        token: &str,
        context: &Context,
    ) -> Result<T, JwtError> {
        let claims = self.verify_bytes(token, context).await?;
        serde_json::from_slice(&claims).map_err(|error| JwtError::Claims(error.to_string()))
    }

    /// Verifies a token, and returns the JSON of its claims.
    async fn verify_bytes(&self, token: &str, context: &Context) -> Result<Vec<u8>, JwtError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwtError::Malformed)
        };
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        let header: Header = serde_json::from_slice(&header).map_err(|_| JwtError::Malformed)?;
        if header.crit.is_some() {
            return Err(JwtError::Critical);
        }
        self.check_signature(&header, signed.as_bytes(), &signature, context)
            .await?;
        let registered: Registered =
            serde_json::from_slice(&claims).map_err(|error| JwtError::Claims(error.to_string()))?;
        let now = context.clock().now();
        registered.check(
            now,
            self.leeway,
            self.issuer.as_deref(),
            self.audience.as_deref(),
        )?;
        Ok(claims)
    }

    async fn check_signature(
        &self,
        header: &Header,
        signed: &[u8],
        signature: &[u8],
        context: &Context,
    ) -> Result<(), JwtError> {
        let keys = match &self.keys {
            Keys::Fixed(keys) => Arc::from(&**keys),
            Keys::Remote(jwks) => jwks.keys(header.kid.as_deref(), context).await?,
        };
        let mut candidates = keys.iter().filter(|key| key.fits(header)).peekable();
        if candidates.peek().is_none() {
            return Err(JwtError::UnknownKey);
        }
        match candidates.any(|key| key.verifies(signed, signature)) {
            true => Ok(()),
            false => Err(JwtError::Signature),
        }
    }
}
