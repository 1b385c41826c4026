//! `Set-Cookie` (RFC 6265 section 4.1), with the name prefixes of the draft that revises it (rfc6265bis section 4.1.3).

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};

use crate::Problem;

/// A `Set-Cookie` header, in a tuple before the body: `(SetCookie::new("session", id), Json(user))`. A tuple may hold
/// several.
///
/// By default scripts cannot read the cookie (`HttpOnly`), the browser sends it over HTTPS only (`Secure`) and omits it
/// from the requests of other sites, except when the user follows a link (`SameSite=Lax`). The cookie applies to every
/// path (`Path=/`) and ends when the browser is closed. Browsers accept `Secure` cookies from `http://localhost` too.
///
/// A name or value that is not valid in a cookie responds 500: percent-encode or base64-encode arbitrary values.
///
/// ```
/// use std::time::Duration;
/// use whippet::response::{NoContent, SetCookie};
///
/// async fn sign_in() -> (SetCookie, NoContent) {
///     let day = Duration::from_secs(24 * 3600);
///     (SetCookie::new("__Host-session", "c2VjcmV0").max_age(day), NoContent)
/// }
/// async fn sign_out() -> (SetCookie, NoContent) {
///     (SetCookie::removal("__Host-session"), NoContent)
/// }
/// # drop((sign_in(), sign_out()));
/// ```
#[derive(Clone)]
#[must_use = "a cookie does nothing unless it is part of a response"]
pub struct SetCookie {
    name: String,
    value: String,
    domain: Option<String>,
    path: String,
    max_age: Option<Duration>,
    is_secure: bool,
    is_http_only: bool,
    same_site: SameSite,
}

/// The sites whose requests carry the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Only the site that set the cookie sends the cookie.
    Strict,
    /// Other sites send the cookie too, when the user follows a link.
    Lax,
    /// All sites send the cookie, which must be `Secure`.
    None,
}

impl SetCookie {
    /// Creates a cookie with this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            path: "/".to_owned(),
            max_age: None,
            is_secure: true,
            is_http_only: true,
            same_site: SameSite::Lax,
        }
    }

    /// Removes the cookie with this name. Set the domain and the path that the cookie was created with, if any.
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// Sets how long the browser keeps the cookie, in whole seconds; by default until the browser is closed.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sends the cookie to `domain` and its subdomains; by default only to this host.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sends the cookie only for paths below `path`; `/` by default.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the sites whose requests carry the cookie; [`SameSite::Lax`] by default.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Lets scripts on the page read the cookie: omits `HttpOnly`.
    pub fn readable_by_scripts(mut self) -> Self {
        self.is_http_only = false;
        self
    }

    /// Sends the cookie over plain HTTP too, where the network can read it: omits `Secure`.
    pub fn insecure(mut self) -> Self {
        self.is_secure = false;
        self
    }

    /// Returns the value of the header.
    fn header(&self) -> Result<HeaderValue, Problem> {
        if let Some(mistake) = self.mistake() {
            return Err(Problem::internal(format!(
                "the cookie {:?} is not valid: {mistake}",
                self.name
            )));
        }
        let mut text = format!("{}={}; Path={}", self.name, self.value, self.path);
        if let Some(domain) = &self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if let Some(age) = self.max_age {
            text.push_str("; Max-Age=");
            text.push_str(&age.as_secs().to_string());
        }
        if self.is_secure {
            text.push_str("; Secure");
        }
        if self.is_http_only {
            text.push_str("; HttpOnly");
        }
        text.push_str(match self.same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        });
        HeaderValue::try_from(text).map_err(Problem::internal)
    }

    /// Returns why a browser would reject the cookie or store a different one. Never shows the value, which may be a
    /// secret.
    fn mistake(&self) -> Option<&'static str> {
        let is_attribute = |text: &str| {
            text.bytes()
                .all(|byte| (0x20..=0x7e).contains(&byte) && byte != b';')
        };
        let is_host_only = self.is_secure && self.domain.is_none() && self.path == "/";
        if self.name.is_empty() || !self.name.bytes().all(is_token) {
            return Some("a name may hold letters, digits and !#$%&'*+-.^_`|~");
        }
        if !self.value.bytes().all(is_value) {
            return Some("the value has a character that is not allowed; percent-encode it");
        }
        if !self
            .domain
            .iter()
            .chain([&self.path])
            .all(|text| is_attribute(text))
        {
            return Some("the domain or path has a character that is not allowed");
        }
        if self.same_site == SameSite::None && !self.is_secure {
            return Some("browsers reject SameSite=None without Secure");
        }
        if self.name.starts_with("__Host-") && !is_host_only {
            return Some("__Host- requires Secure, no domain and the path /");
        }
        if self.name.starts_with("__Secure-") && !self.is_secure {
            return Some("__Secure- requires Secure");
        }
        None
    }
}

/// `tchar` of RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `cookie-octet` of RFC 6265 section 4.1.1.
fn is_value(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

impl std::fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SetCookie").field(&self.name).finish()
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Problem;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Problem> {
        parts
            .headers_mut()
            .append(header::SET_COOKIE, self.header()?);
        Ok(parts)
    }
}

impl IntoResponse for SetCookie {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}
