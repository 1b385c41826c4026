//! User names and passwords (RFC 7617).

use std::borrow::Cow;

use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};

use super::{challenge, credentials, credentials_extractor};
use crate::extract::Argument;
use crate::openapi::{OperationBuilder, SecurityScheme};
use crate::problem::types::AUTHENTICATION_FAILED;
use crate::routing::Reads;
use crate::{Problem, Secret};

/// The challenge of a server that reads user names and passwords as UTF-8 (RFC 7617 section 2.1). RFC 7617 requires a
/// realm.
const CHALLENGE: &str = "Basic realm=\"api\", charset=\"UTF-8\"";

/// Accepts base64 with or without padding, because some clients omit the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The user name and the password in `Authorization: Basic …` (RFC 7617). The extractor does not verify the user name
/// and the password.
///
/// A request without a user name and a password gets a 401 with `WWW-Authenticate: Basic realm="api", charset="UTF-8"`,
/// so that a browser asks for the user name and the password. `Option<Basic>` accepts such a request.
///
/// ```
/// use whippet::extract::Basic;
/// use whippet::{Config, Problem, dependency, get};
///
/// #[derive(Clone)]
/// struct Admin;
///
/// #[dependency]
/// async fn admin(given: Basic, config: Config) -> Result<Admin, Problem> {
///     let password = config.secret("ADMIN_PASSWORD");
///     let is_admin = password.is_some_and(|password| password.matches(given.password().expose()));
///     match is_admin && given.user() == "admin" {
///         true => Ok(Admin),
///         false => Err(Basic::invalid("the user name or the password is wrong")),
///     }
/// }
///
/// #[get("/statistics")]
/// async fn statistics(_: Admin) -> &'static str {
///     "all is well"
/// }
/// # let _ = statistics;
/// ```
#[derive(Debug, Clone)]
pub struct Basic {
    user: String,
    password: Secret<String>,
}

impl Basic {
    /// Returns the user name, which may be empty.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password, which may be empty.
    #[must_use]
    pub fn password(&self) -> &Secret<String> {
        &self.password
    }

    /// Creates the 401 for a wrong user name or password, with a challenge in `WWW-Authenticate`.
    pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Problem {
        challenge(CHALLENGE, detail)
    }

    fn missing() -> Problem {
        Self::invalid(
            "the request has no user name and password; send `Authorization: Basic <base64 of user:password>`",
        )
    }

    fn read(parts: &Parts) -> Result<Option<Self>, Problem> {
        let Some(encoded) = credentials(&parts.headers, "basic") else {
            return Ok(None);
        };
        let text = BASE64.decode(encoded).ok();
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        // A user name cannot contain a colon (RFC 7617 section 2), so the first colon ends the user name.
        let pair = text.as_deref().and_then(|text| text.split_once(':'));
        let pair = pair.filter(|(user, password)| !has_control(user) && !has_control(password));
        let Some((user, password)) = pair else {
            return Err(Self::invalid(
                "`Authorization: Basic` must be followed by the base64 of user:password in UTF-8, without control characters",
            ));
        };
        Ok(Some(Self {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
        }))
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

credentials_extractor!(Basic);

impl Argument for Basic {
    const READS: Reads = Reads::Headers(&["authorization"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.security_schemes(&[SecurityScheme::basic("basic")]);
        operation.problem(&AUTHENTICATION_FAILED);
    }
}
