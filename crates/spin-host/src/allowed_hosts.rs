//! The manifest's `allowed_outbound_hosts`: the hosts to which the component may send requests.

use anyhow::{Context, Result, anyhow, bail, ensure};
use http::Uri;

/// The entries of a component's `allowed_outbound_hosts`. If there are no entries, no request is allowed.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Entry>);

/// One entry, `scheme://host:port`. A part that is `None` or `Any` matches every value.
#[derive(Debug)]
struct Entry {
    scheme: Option<String>,
    host: Host,
    port: Option<u16>,
}

#[derive(Debug)]
enum Host {
    Any,
    /// All subdomains of a domain. `*.example.com` is stored as `.example.com`.
    Under(String),
    Exactly(String),
}

impl AllowedHosts {
    /// Parses the entries of `allowed_outbound_hosts`.
    ///
    /// # Errors
    ///
    /// Fails when an entry is not `scheme://host:port`. spin-host does not support the other forms that Spin allows
    /// (`self`, networks, port ranges, paths).
    pub(crate) fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let parsed = entries.into_iter().map(|entry| {
            parse_entry(entry).with_context(|| {
                format!(
                    "allowed_outbound_hosts: spin-host does not support `{entry}`; write `scheme://host:port`, where each part may be `*`"
                )
            })
        });
        parsed.collect::<Result<_>>().map(Self)
    }

    /// Returns whether the entries allow a request to `uri`.
    pub(crate) fn allow(&self, uri: &Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("https");
        let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        let port = uri.port_u16().or(default_port(scheme));
        self.0.iter().any(|entry| {
            entry
                .scheme
                .as_deref()
                .is_none_or(|allowed| allowed == scheme)
                && (entry.port.is_none() || entry.port == port)
                && match &entry.host {
                    Host::Any => true,
                    Host::Under(suffix) => host.ends_with(suffix),
                    Host::Exactly(name) => *name == host,
                }
        })
    }
}

fn parse_entry(entry: &str) -> Result<Entry> {
    let (scheme, rest) = entry
        .split_once("://")
        .context("the `://` is missing; `*://*:*` allows every host")?;
    let letters = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    ensure!(scheme == "*" || letters, "a scheme must consist of letters");
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    ensure!(!rest.contains('/'), "an entry must not have a path");
    let (host, port) = match rest.rsplit_once(':') {
        // In an IPv6 address without a port, the last colon is part of the address.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (rest, ""),
    };
    let port = match port {
        "*" => None,
        "" => Some(
            default_port(scheme)
                .context("the scheme has no default port, so a port is required")?,
        ),
        number => Some(
            number
                .parse()
                .map_err(|_| anyhow!("a port must be a number up to 65535"))?,
        ),
    };
    Ok(Entry {
        scheme: (scheme != "*").then(|| scheme.to_ascii_lowercase()),
        host: parse_host(&host.to_ascii_lowercase())?,
        port,
    })
}

fn parse_host(host: &str) -> Result<Host> {
    if host == "*" {
        return Ok(Host::Any);
    }
    if host == "self" || host == "self.alt" || host.ends_with(".spin.internal") {
        bail!("requests to the application itself are not supported");
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let letters = |c: char| c.is_alphanumeric() || "-._:[]".contains(c);
    ensure!(
        !name.is_empty() && name.chars().all(letters),
        "`{name}` is not a host name"
    );
    Ok(match host.strip_prefix('*') {
        Some(suffix) => Host::Under(suffix.into()),
        None => Host::Exactly(host.into()),
    })
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_allows_only_matching_urls() {
        for (entry, url, allowed) in [
            ("https://example.com", "https://example.com/path", true),
            ("https://example.com", "https://example.com:443/", true),
            ("https://example.com", "https://EXAMPLE.com/", true),
            ("https://example.com/", "https://example.com/", true),
            ("https://example.com", "https://example.com:8443/", false),
            ("https://example.com", "http://example.com/", false),
            ("https://example.com", "https://www.example.com/", false),
            ("http://127.0.0.1:*", "http://127.0.0.1:8080/", true),
            ("http://127.0.0.1:*", "http://127.0.0.1/", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8081/", false),
            ("http://[::1]:8080", "http://[::1]:8080/", true),
            ("http://[::1]", "http://[::1]/", true),
            ("https://*.example.com", "https://a.b.example.com/", true),
            ("https://*.example.com", "https://example.com/", false),
            ("https://*.example.com", "https://badexample.com/", false),
            ("*://example.com:*", "http://example.com:1/", true),
            ("https://*", "https://example.com/", true),
            ("https://*:443", "https://example.com:444/", false),
            ("*://*:*", "http://example.com:1/", true),
            ("*://*:*", "/only/a/path", false),
        ] {
            let hosts = AllowedHosts::parse([entry]).unwrap();
            assert_eq!(hosts.allow(&url.parse().unwrap()), allowed, "{entry} {url}");
        }
    }

    #[test]
    fn no_request_is_allowed_without_entries() {
        let hosts = AllowedHosts::default();
        assert!(!hosts.allow(&Uri::from_static("https://example.com/")));
    }

    #[test]
    fn an_unsupported_entry_is_rejected_with_its_text_and_the_reason() {
        for (entry, reason) in [
            ("example.com", "the `://` is missing"),
            ("*", "the `://` is missing"),
            ("insecure:allow-all", "the `://` is missing"),
            ("*://example.com", "a port is required"),
            ("redis://example.com", "a port is required"),
            ("https://example.com:80..90", "a port must be a number"),
            ("https://example.com:70000", "a port must be a number"),
            ("https://example.com/path", "must not have a path"),
            ("http://10.0.0.0/8:80", "must not have a path"),
            ("http://self", "the application itself"),
            ("http://a.*.com", "`a.*.com` is not a host name"),
            ("http://*.*.com", "`*.com` is not a host name"),
            ("http://{a,b}", "`{a,b}` is not a host name"),
            ("://example.com:1", "a scheme must consist of letters"),
        ] {
            let error = format!("{:#}", AllowedHosts::parse([entry]).unwrap_err());
            assert!(error.contains(reason) && error.contains(entry), "{error}");
        }
    }
}
