//! Reads keys from the request header `Authorization: Bearer <key>` (RFC 6750 section 2.1).

use axum::http::{HeaderMap, header};

use crate::{Config, ConfigError, Secret};

/// Returns the key in the header `Authorization`. Returns `None` if the header is absent or contains another
/// authentication scheme than `Bearer`. The scheme is case-insensitive, and one or more spaces separate the scheme from
/// the key (RFC 9110 sections 11.1 and 11.4).
#[must_use]
pub fn bearer_key(headers: &HeaderMap) -> Option<&[u8]> {
    credentials(headers, "bearer")
}

/// Returns the text after the authentication scheme in the header `Authorization`. Returns `None` if the header is
/// absent or contains another scheme than `scheme`. The scheme is case-insensitive, and one or more spaces follow the
/// scheme (RFC 9110 sections 11.1 and 11.4).
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a [u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (given, rest) = value.split_at_checked(scheme.len())?;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    (given.eq_ignore_ascii_case(scheme.as_bytes()) && spaces > 0).then(|| &rest[spaces..])
}

impl Config {
    /// Returns the value of the variable `name`. Compare this value with the key that a request sends, which
    /// [`bearer_key`] reads.
    ///
    /// # Errors
    ///
    /// Returns an error if a header cannot contain the value. A valid value consists of visible ASCII characters, with
    /// spaces only between them. The error contains the name of the variable but not the value.
    pub fn bearer_key(&self, name: &'static str) -> Result<Option<Secret<&str>>, ConfigError> {
        let key = self.secret(name);
        match &key {
            Some(key) if !is_sendable(key.expose()) => Err(ConfigError::new(name, UNSENDABLE)),
            _ => Ok(key),
        }
    }
}

pub(crate) const UNSENDABLE: &str = "must consist of visible ASCII characters, with spaces only between them, because requests send the value in a header";

pub(crate) fn is_sendable(key: &str) -> bool {
    let is_allowed = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    key.bytes().all(is_allowed) && !key.starts_with(' ') && !key.ends_with(' ')
}
