//! Which sites may open a socket.

use axum::http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::{Problem, ProblemType};

/// A page of another site may not open a socket.
pub(crate) const ORIGIN_NOT_ALLOWED: ProblemType = ProblemType {
    status: StatusCode::FORBIDDEN,
    name: "origin_not_allowed",
    title: "Origin Not Allowed",
    doc: "The page that opens the WebSocket belongs to a different site than the API, and the API does not allow this site.",
    extensions: &[],
};

/// The origins whose pages may open a socket, besides the origin of the API.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origins(pub(crate) &'static [&'static str]);

impl Origins {
    /// Checks the header `Origin` of a request that opens a socket. CORS does not apply to WebSockets. So if a page of
    /// any site opens a socket, the browser sends the cookies of the API, and lets the page read the messages.
    ///
    /// Fails with a 403 if the origin is not allowed. Only browsers send the header, so a request without the header is
    /// accepted.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<(), Problem> {
        let mut given = headers.get_all(header::ORIGIN).into_iter();
        let Some(origin) = given.next() else {
            return Ok(());
        };
        let origin = origin.to_str().unwrap_or_default();
        let host = headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let is_listed = |listed: &&str| *listed == "*" || listed.eq_ignore_ascii_case(origin);
        let is_allowed =
            self.0.iter().any(is_listed) || host.is_some_and(|host| is_same(origin, host));
        match is_allowed && given.next().is_none() {
            true => Ok(()),
            false => Err(ORIGIN_NOT_ALLOWED.with_detail(format!(
                "pages of the origin {origin:.200} may not open a WebSocket"
            ))),
        }
    }
}

/// Returns whether an origin has this host and port. The schemes are not compared, because a proxy may terminate TLS.
fn is_same(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    let Ok(requested) = Url::parse(&format!("{}://{host}", origin.scheme())) else {
        return false;
    };
    let authority = |url: &Url| {
        let host = url.host_str().map(str::to_owned);
        host.zip(url.port_or_known_default())
    };
    let expected = authority(&requested);
    expected.is_some() && authority(&origin) == expected
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::Origins;

    #[test]
    fn only_the_own_site_and_listed_sites_may_open_a_socket() {
        const LISTED: Origins = Origins(&["https://app.example"]);
        let is_allowed = |origins: Origins, origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            for value in origin.split(' ').filter(|value| !value.is_empty()) {
                headers.append(header::ORIGIN, value.parse().unwrap());
            }
            origins.check(&headers).is_ok()
        };
        for (origin, host, allowed) in [
            ("", "api.example", true),
            ("https://api.example", "api.example", true),
            ("https://API.example", "api.example:443", true),
            ("http://127.0.0.1:8787", "127.0.0.1:8787", true),
            ("http://[::1]:8787", "[::1]:8787", true),
            ("https://app.example", "api.example", true),
            ("https://app.example:8443", "api.example", false),
            ("http://app.example", "api.example", false),
            ("https://api.example:444", "api.example", false),
            ("https://evil.example", "api.example", false),
            ("https://api.example.evil.example", "api.example", false),
            ("https://evil.example", "", false),
            ("null", "api.example", false),
            ("null", "null", false),
            ("file://", "api.example", false),
            (
                "https://app.example https://evil.example",
                "api.example",
                false,
            ),
        ] {
            assert_eq!(is_allowed(LISTED, origin, host), allowed, "{origin} {host}");
        }
        assert!(is_allowed(
            Origins(&["*"]),
            "https://evil.example",
            "api.example"
        ));
    }
}
