//! Keys that verify the signatures of tokens (RFC 7518 section 3, RFC 8037 section 3.1).

use std::fmt;

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey as Ed25519Key};
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature as P256Signature, VerifyingKey as P256Key};
use sha2::Sha256;

use super::Header;
use crate::Secret;

/// The minimum length of a secret for HS256, in bytes (RFC 7518 section 3.2).
const SHORTEST_SECRET: usize = 32;

/// A key that verifies tokens. Each key accepts exactly one algorithm.
#[derive(Clone)]
pub struct JwtKey {
    /// The id of the key. A key with an id rejects a token whose header has another id.
    id: Option<String>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Hs256(Box<Hmac<Sha256>>),
    EdDsa(Box<Ed25519Key>),
    Es256(Box<P256Key>),
}

/// The error for a key that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKey(&'static str);

impl JwtKey {
    /// Creates a key that verifies tokens signed with the secret (HS256).
    ///
    /// # Errors
    ///
    /// Returns an error if the secret has less than 32 bytes (RFC 7518 section 3.2).
    pub fn hs256(secret: &Secret<impl AsRef<[u8]>>) -> Result<Self, InvalidKey> {
        let short = InvalidKey("the secret of HS256 must have at least 32 bytes");
        let secret = secret.expose().as_ref();
        if secret.len() < SHORTEST_SECRET {
            return Err(short);
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| short)?;
        Ok(Self::new(Material::Hs256(Box::new(mac))))
    }

    /// Creates a key from the 32 bytes of an Ed25519 public key. The key verifies tokens that are signed with EdDSA.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not a public key.
    pub fn ed25519(public: &[u8]) -> Result<Self, InvalidKey> {
        let invalid = InvalidKey("an Ed25519 key must be the 32 bytes of a public key");
        let bytes: &[u8; 32] = public.try_into().map_err(|_| invalid.clone())?;
        let key = Ed25519Key::from_bytes(bytes).map_err(|_| invalid)?;
        Ok(Self::new(Material::EdDsa(Box::new(key))))
    }

    /// Creates a key from a public key of the curve P-256. `public` is the key in the encoding of SEC 1 section 2.3.3.
    /// The key verifies tokens that are signed with ECDSA (ES256).
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not a public key.
    pub fn es256(public: &[u8]) -> Result<Self, InvalidKey> {
        let invalid = InvalidKey(
            "an ES256 key must be a public key of the curve P-256, in the encoding of SEC 1",
        );
        let key = P256Key::from_sec1_bytes(public).map_err(|_| invalid)?;
        Ok(Self::new(Material::Es256(Box::new(key))))
    }

    fn new(material: Material) -> Self {
        Self { id: None, material }
    }

    /// Sets the id of the key: the key verifies only tokens whose header has this id, or no id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    pub(super) fn has_id(&self, id: &str) -> bool {
        self.id.as_deref() == Some(id)
    }

    /// Returns whether the key may verify a token with this header.
    pub(super) fn fits(&self, header: &Header) -> bool {
        let algorithm = match self.material {
            Material::Hs256(_) => "HS256",
            Material::EdDsa(_) => "EdDSA",
            Material::Es256(_) => "ES256",
        };
        let has_id = match (&self.id, &header.kid) {
            (Some(id), Some(wanted)) => id == wanted,
            _ => true,
        };
        has_id && header.alg == algorithm
    }

    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hs256(mac) => {
                let mac = (**mac).clone().chain_update(signed);
                mac.verify_slice(signature).is_ok()
            }
            Material::EdDsa(key) => Ed25519Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(signed, &signature).is_ok()),
            Material::Es256(key) => P256Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
        }
    }
}

/// Shows only the id, because the key may be a secret.
impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidKey {}

impl From<InvalidKey> for crate::AppError {
    fn from(error: InvalidKey) -> Self {
        Self(error.to_string())
    }
}
