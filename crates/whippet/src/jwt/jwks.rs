//! JSON Web Key Sets (RFC 7517), which are fetched and cached.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{JwtError, JwtKey};
use crate::{Context, Timestamp};

/// How long a key set is cached.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The minimum time between two fetches. Without it, anybody could cause fetches by sending tokens with unknown key
/// ids.
const COOLDOWN: Duration = Duration::from_secs(60);

/// A key set at a URL.
#[derive(Debug)]
pub(super) struct Jwks {
    url: String,
    kept: Mutex<Option<Kept>>,
}

/// The keys of the last successful fetch, and the time of the last fetch.
#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<[JwtKey]>,
    tried_at: Timestamp,
    fetched_at: Timestamp,
}

impl Jwks {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            kept: Mutex::default(),
        }
    }

    /// Returns the keys. Fetches the keys if the cache is empty, if the cached keys are too old, or if no cached key
    /// has the id `wanted`.
    pub(super) async fn keys(
        &self,
        wanted: Option<&str>,
        context: &Context,
    ) -> Result<Arc<[JwtKey]>, JwtError> {
        let now = context.clock().now();
        let kept = self.kept();
        if let Some(kept) = &kept {
            let is_known = wanted.is_none_or(|id| kept.keys.iter().any(|key| key.has_id(id)));
            let is_fresh = now.since(kept.fetched_at) < MAX_AGE && is_known;
            if is_fresh || now.since(kept.tried_at) < COOLDOWN {
                return Ok(Arc::clone(&kept.keys));
            }
        }
        match (self.fetch(context).await, kept) {
            (Ok(keys), _) => {
                let keys: Arc<[JwtKey]> = keys.into();
                self.keep(Kept {
                    keys: Arc::clone(&keys),
                    tried_at: now,
                    fetched_at: now,
                });
                Ok(keys)
            }
            (Err(error), Some(kept)) => {
                let logged: &dyn std::error::Error = &error;
                tracing::warn!(
                    error = logged,
                    url = self.url,
                    "cannot fetch the key set: the cached keys stay in use"
                );
                let keys = Arc::clone(&kept.keys);
                self.keep(Kept {
                    tried_at: now,
                    ..kept
                });
                Ok(keys)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn kept(&self) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    fn keep(&self, new: Kept) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    }

    async fn fetch(&self, context: &Context) -> Result<Vec<JwtKey>, JwtError> {
        let response = context.fetch().get(&*self.url).send().await;
        let response = response.map_err(|error| JwtError::Jwks(error.to_string()))?;
        if !response.status.is_success() {
            return Err(JwtError::Jwks(format!("the status is {}", response.status)));
        }
        read(&response.body)
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// A key in a key set (RFC 7517 section 4, RFC 7518 section 6.2, RFC 8037 section 2).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Reads a key set. Ignores keys of unsupported types, and keys that are not for signatures (RFC 7517 section 5).
fn read(text: &[u8]) -> Result<Vec<JwtKey>, JwtError> {
    let set: KeySet =
        serde_json::from_slice(text).map_err(|error| JwtError::Jwks(error.to_string()))?;
    let keys = set.keys.into_iter();
    Ok(keys
        .filter_map(|key| serde_json::from_value(key).ok())
        .filter_map(key)
        .collect())
}

fn key(jwk: Jwk) -> Option<JwtKey> {
    if jwk.r#use.is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let x = URL_SAFE_NO_PAD.decode(jwk.x?).ok()?;
    let key = match (&*jwk.kty, jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => JwtKey::ed25519(&x).ok()?,
        ("EC", Some("P-256")) => {
            let y = URL_SAFE_NO_PAD.decode(jwk.y?).ok()?;
            // The encoding of an uncompressed point (SEC 1 section 2.3.3).
            JwtKey::es256(&[&[4], &*x, &*y].concat()).ok()?
        }
        _ => return None,
    };
    Some(match jwk.kid {
        Some(id) => key.id(id),
        None => key,
    })
}
