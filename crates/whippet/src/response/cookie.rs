//! `Set-Cookie` (RFC 6265 section 4.1), with the cookie name prefixes of the draft rfc6265bis (section 4.1.3).

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};

use crate::Problem;

/// A `Set-Cookie` header, which a handler returns in a tuple before the body:
/// `(SetCookie::new("session", id), Json(user))`. A tuple may hold several cookies.
///
/// By default, scripts cannot read the cookie (`HttpOnly`), and the browser sends the cookie only over HTTPS
/// (`Secure`), to every path (`Path=/`). Requests from other sites do not carry the cookie, unless the user follows a
/// link (`SameSite=Lax`). When the browser is closed, it deletes the cookie. Browsers also accept `Secure` cookies from
/// `http://localhost`.
///
/// If the name or the value has a character that a cookie cannot contain, the response is a 500. Encode arbitrary
/// values with percent-encoding or base64.
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
    /// The browser sends the cookie only in requests from the cookie's own site.
    Strict,
    /// The browser also sends the cookie in requests from other sites, but only if the user follows a link.
    Lax,
    /// The browser sends the cookie in requests from all sites. Such a cookie must be `Secure`.
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

    /// Creates a `Set-Cookie` header that makes the browser delete the cookie with this name. If the cookie was set
    /// with a domain or a path, set the same domain and path here.
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// Sets how long the browser keeps the cookie, in whole seconds. By default, the cookie is deleted when the browser
    /// is closed.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Makes the browser send the cookie to `domain` and its subdomains. By default, the browser sends the cookie only
    /// to the host that set the cookie.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Makes the browser send the cookie only in requests to `path` and the paths below it. The default is `/`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the sites whose requests carry the cookie. The default is [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Omits `HttpOnly`, so that scripts on the page can read the cookie.
    pub fn readable_by_scripts(mut self) -> Self {
        self.is_http_only = false;
        self
    }

    /// Omits `Secure`, so that the browser also sends the cookie over plain HTTP. Others on the network can then read
    /// the cookie.
    pub fn insecure(mut self) -> Self {
        self.is_secure = false;
        self
    }

    /// Returns the value of the `Set-Cookie` header.
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

    /// Returns the mistake because of which a browser would reject or change the cookie. The text never contains the
    /// cookie's value, because the value may be a secret.
    fn mistake(&self) -> Option<&'static str> {
        let is_attribute = |text: &str| {
            text.bytes()
                .all(|byte| (0x20..=0x7e).contains(&byte) && byte != b';')
        };
        let is_host_only = self.is_secure && self.domain.is_none() && self.path == "/";
        if self.name.is_empty() || !self.name.bytes().all(is_token) {
            return Some("the name may contain only letters, digits and !#$%&'*+-.^_`|~");
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

/// Returns whether the name of a cookie may contain this byte (`tchar` of RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Returns whether the value of a cookie may contain this byte (`cookie-octet` of RFC 6265 section 4.1.1).
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
