//! Setting cookies (RFC 6265 section 4.1, and the prefixes of its draft successor, rfc6265bis section 4.1.3).

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};

use crate::Problem;

/// A `Set-Cookie` header, in a tuple before the body: `(SetCookie::new("session", id), Json(user))`. Several are several.
///
/// A cookie is kept from scripts, from plain HTTP and from requests that other sites make, but links (`HttpOnly`, `Secure`,
/// `SameSite=Lax`), holds for the whole host (`Path=/`), and ends with the browser, unless told otherwise. Browsers take
/// `Secure` cookies from `http://localhost` too.
///
/// A name or value that a cookie cannot have is answered with 500: percent-encode or base64-encode what may be anything.
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
#[must_use = "a cookie is set by the response that it is part of"]
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

/// From which sites a request carries the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// From the cookie's own.
    Strict,
    /// From others too when a link is followed.
    Lax,
    /// From all of them; the cookie has to be `Secure`.
    None,
}

impl SetCookie {
    /// A cookie with this name and value.
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

    /// Removes the cookie with this name; one that was set with a domain or a path needs the same here.
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// For how long the browser keeps it, in whole seconds; otherwise until it is closed.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sent to subdomains of `domain` too; otherwise to this host alone.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sent for paths below this one; `/` unless set.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Which sites' requests carry it; [`SameSite::Lax`] unless set.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Lets scripts of the page read it: no longer `HttpOnly`.
    pub fn readable_by_scripts(mut self) -> Self {
        self.is_http_only = false;
        self
    }

    /// Sent over plain HTTP too, where anybody on the way reads it: no longer `Secure`.
    pub fn sent_in_the_clear(mut self) -> Self {
        self.is_secure = false;
        self
    }

    /// The header's value.
    fn header(&self) -> Result<HeaderValue, Problem> {
        if let Some(wrong) = self.wrong() {
            return Err(Problem::internal(format!(
                "the cookie {:?}: {wrong}",
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

    /// Why no browser would take it, or another than was meant. The value is never shown: it may be a secret.
    fn wrong(&self) -> Option<&'static str> {
        let is_attribute = |text: &str| {
            text.bytes()
                .all(|byte| (0x20..=0x7e).contains(&byte) && byte != b';')
        };
        let is_host_only = self.is_secure && self.domain.is_none() && self.path == "/";
        if self.name.is_empty() || !self.name.bytes().all(is_token) {
            return Some("a name is letters, digits and !#$%&'*+-.^_`|~");
        }
        if !self.value.bytes().all(is_value) {
            return Some("its value has a character that cookies cannot have; percent-encode it");
        }
        if !self
            .domain
            .iter()
            .chain([&self.path])
            .all(|text| is_attribute(text))
        {
            return Some("its domain or path has a character that cookies cannot have");
        }
        if self.same_site == SameSite::None && !self.is_secure {
            return Some("browsers refuse SameSite=None without Secure");
        }
        if self.name.starts_with("__Host-") && !is_host_only {
            return Some("__Host- wants Secure, no domain and the path /");
        }
        if self.name.starts_with("__Secure-") && !self.is_secure {
            return Some("__Secure- wants Secure");
        }
        None
    }
}

/// RFC 9110 section 5.6.2.
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
