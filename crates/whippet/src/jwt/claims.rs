//! The registered claims of a token (RFC 7519 section 4.1).

use std::time::Duration;

use serde::Deserialize;

use super::JwtError;
use crate::Timestamp;

/// The registered claims that are checked. A time is the number of seconds since 1970, and may have a fraction.
#[derive(Deserialize)]
pub(super) struct Registered {
    exp: Option<f64>,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
}

/// One audience, or a list of audiences.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Registered {
    pub(super) fn check(
        &self,
        now: Timestamp,
        leeway: Duration,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> Result<(), JwtError> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a time in milliseconds is below 2^53"
        )]
        let now = now.as_millis() as f64 / 1000.0;
        let leeway = leeway.as_secs_f64();
        let expires = self.exp.ok_or(JwtError::NoExpiry)?;
        // RFC 7519 section 4.1.4: a token must not be accepted on or after its expiration time.
        if now >= expires + leeway {
            return Err(JwtError::Expired);
        }
        if self.nbf.is_some_and(|not_before| now + leeway < not_before) {
            return Err(JwtError::NotYetValid);
        }
        if issuer.is_some() && self.iss.as_deref() != issuer {
            return Err(JwtError::Issuer);
        }
        // RFC 7519 section 4.1.3: a recipient rejects a token that names audiences but does not name the recipient.
        let is_meant = match (&self.aud, audience) {
            (None, None) => true,
            (Some(Audience::One(one)), Some(audience)) => one == audience,
            (Some(Audience::Many(many)), Some(audience)) => many.iter().any(|one| one == audience),
            (None, Some(_)) | (Some(_), None) => false,
        };
        match is_meant {
            true => Ok(()),
            false => Err(JwtError::Audience),
        }
    }
}
