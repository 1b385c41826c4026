//! Why a token is not valid.

use std::fmt;

use crate::Problem;
use crate::extract::Bearer;

/// The reason why a token is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtError {
    /// The token does not have the form of a signed token.
    Malformed,
    /// The header has the field `crit`, which lists extensions that the verifier does not know.
    Critical,
    /// No key has the id and the algorithm that the header names.
    UnknownKey,
    /// The signature is wrong.
    Signature,
    /// The claims are not valid JSON, or cannot be deserialized into the requested type.
    Claims(String),
    /// The token has no claim `exp`.
    NoExpiry,
    /// The token has expired.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// The claim `iss` is not the required issuer.
    Issuer,
    /// The token is meant for another audience.
    Audience,
    /// The key set could not be fetched or read.
    Jwks(String),
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the token is not a signed JSON Web Token",
            Self::Critical => "the token needs an extension that this API does not support",
            Self::UnknownKey => "the token is signed with an unknown key or algorithm",
            Self::Signature => "the signature of the token is wrong",
            Self::Claims(why) => return write!(f, "the claims of the token are not valid: {why}"),
            Self::NoExpiry => "the token has no claim `exp`",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::Issuer => "the token is from another issuer",
            Self::Audience => "the token is meant for another audience",
            Self::Jwks(why) => return write!(f, "the key set cannot be read: {why}"),
        })
    }
}

impl std::error::Error for JwtError {}

impl From<JwtError> for Problem {
    fn from(error: JwtError) -> Self {
        match error {
            JwtError::Jwks(_) => Problem::internal(error),
            _ => Bearer::invalid(error.to_string()),
        }
    }
}
