//! `allowed_outbound_hosts`: where the component may send requests.

use anyhow::{Context, Result, anyhow, bail, ensure};
use http::Uri;

/// The entries of a component; none allow nothing.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Entry>);

/// One `scheme://host:port`; what is not given matches anything.
#[derive(Debug)]
struct Entry {
    scheme: Option<String>,
    host: Host,
    port: Option<u16>,
}

#[derive(Debug)]
enum Host {
    Any,
    /// `*.example.com`, kept as `.example.com`.
    Under(String),
    Exactly(String),
}

impl AllowedHosts {
    /// Reads the entries of a manifest.
    ///
    /// # Errors
    ///
    /// Fails at an entry that is not `scheme://host:port`, or that uses one of Spin's other forms (`self`, networks,
    /// port ranges, paths).
    pub(crate) fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let parsed = entries.into_iter().map(|entry| {
            parse_entry(entry).with_context(|| {
                format!(
                    "allowed_outbound_hosts: spin-host supports `scheme://host:port`, with `*` for each, not `{entry}`"
                )
            })
        });
        parsed.collect::<Result<_>>().map(Self)
    }

    /// Whether a request may go to `uri`.
    pub(crate) fn allow(&self, uri: &Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("https");
        let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        let port = uri.port_u16().or(default_port(scheme));
        self.0.iter().any(|entry| {
            entry.scheme.as_deref().is_none_or(|it| it == scheme)
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
        .context("there is no `://` in it; `*://*:*` allows everything")?;
    let letters = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    ensure!(scheme == "*" || letters, "a scheme has letters only");
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    ensure!(!rest.contains('/'), "it must not have a path");
    let (host, port) = match rest.rsplit_once(':') {
        // The last colon may be one of an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (rest, ""),
    };
    let port = match port {
        "*" => None,
        "" => Some(default_port(scheme).context("this scheme needs a port")?),
        number => Some(number.parse().map_err(|_| anyhow!("a port is a number"))?),
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
        bail!("requests to the application itself are not implemented");
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
    fn an_entry_allows_what_it_names() {
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
    fn no_entry_allows_nothing() {
        let nothing = AllowedHosts::default();
        assert!(!nothing.allow(&Uri::from_static("https://example.com/")));
    }

    #[test]
    fn other_forms_are_refused_by_name() {
        for (entry, reason) in [
            ("example.com", "there is no `://`"),
            ("*", "there is no `://`"),
            ("insecure:allow-all", "there is no `://`"),
            ("*://example.com", "needs a port"),
            ("redis://example.com", "needs a port"),
            ("https://example.com:80..90", "a port is a number"),
            ("https://example.com:70000", "a port is a number"),
            ("https://example.com/path", "must not have a path"),
            ("http://10.0.0.0/8:80", "must not have a path"),
            ("http://self", "the application itself"),
            ("http://a.*.com", "`a.*.com` is not a host name"),
            ("http://*.*.com", "`*.com` is not a host name"),
            ("http://{a,b}", "`{a,b}` is not a host name"),
            ("://example.com:1", "a scheme has letters only"),
        ] {
            let error = format!("{:#}", AllowedHosts::parse([entry]).unwrap_err());
            assert!(error.contains(reason) && error.contains(entry), "{error}");
        }
    }
}
