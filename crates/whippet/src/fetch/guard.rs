//! Rejects targets in private networks, to prevent server-side request forgery.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// A target that is not on the public internet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateTarget(pub String);

impl std::fmt::Display for PrivateTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} is not on the public internet; calls to private networks are rejected",
            self.0
        )
    }
}

impl std::error::Error for PrivateTarget {}

/// Checks that the IP address or host name in a URL is on the public internet. A host name is not resolved.
///
/// A public host name may resolve to a private address. The native host resolves host names itself, and checks their
/// addresses when it connects.
///
/// # Errors
///
/// Returns an error if the URL has no host, or its host is not on the public internet.
pub fn check_public(url: &Url) -> Result<(), PrivateTarget> {
    let is_public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => is_public_name(name),
        None => false,
    };
    if is_public {
        Ok(())
    } else {
        Err(PrivateTarget(
            url.host_str().unwrap_or("a URL without a host").to_owned(),
        ))
    }
}

/// The last labels of host names in private networks.
const PRIVATE_TOP_LABELS: [&str; 15] = [
    // RFC 6761, RFC 6762 and RFC 8375 reserve these names for the machine itself, for local networks, or for tests.
    "localhost",
    "local",
    "arpa",
    "test",
    // `internal` is reserved by ICANN for private use. Home routers and companies use the other names in private
    // networks.
    "internal",
    "intranet",
    "private",
    "lan",
    "home",
    "corp",
    "localdomain",
    // Kubernetes resolves `name.namespace` and `name.namespace.svc` within the cluster. The Kubernetes API itself has
    // the name `kubernetes.default`.
    "svc",
    "default",
    // The DNS domains of Consul and of Podman's networks.
    "consul",
    "podman",
];

/// Host names that look public, but whose services respond only within a private network. `metadata.goog` is the
/// metadata server of Google Cloud.
const PRIVATE_NAMES: [&str; 1] = ["metadata.goog"];

/// Returns whether a host name can exist in the public DNS. Such a name has a dot, and does not end with a name that is
/// reserved for private use, such as `local` or `internal`.
///
/// A top-level domain consists of letters (RFC 1123 section 2.1), or is an encoded internationalized domain. So a
/// Kubernetes name such as `db.team-1`, whose namespace has a hyphen or a digit, is not public.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let Some((_, last)) = name.rsplit_once('.') else {
        return false;
    };
    let is_letters = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_letters || last.starts_with("xn--"))
        && !PRIVATE_TOP_LABELS.contains(&last)
        && !PRIVATE_NAMES.contains(&name)
}

/// Returns whether an address is on the public internet. Such an address is in no address block of the IANA
/// special-purpose registries (RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b); // 100.64.0.0/10, RFC 6598
    let protocols = a == 192 && b == 0 && c == 0; // 192.0.0.0/24, RFC 6890
    let relay = a == 192 && b == 88 && c == 99; // 192.88.99.0/24, RFC 7526
    let benchmarks = a == 198 && (b & 0xfe) == 18; // 198.18.0.0/15, RFC 2544
    let reserved = a == 0 || a >= 240; // 0.0.0.0/8 and 240.0.0.0/4
    let azure = address.octets() == [168, 63, 129, 16]; // an Azure service that only Azure machines can reach
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || shared
        || protocols
        || relay
        || benchmarks
        || reserved
        || azure)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, ..] = address.segments();
    let global_unicast = a & 0xe000 == 0x2000; // 2000::/3; all other blocks are local, mapped or reserved
    let protocols = a == 0x2001 && b < 0x0200; // 2001::/23 with Teredo and ORCHID, RFC 2928
    let documentation = (a == 0x2001 && b == 0x0db8) || a & 0xfff0 == 0x3ff0; // RFC 3849, RFC 9637
    let six_to_four = a == 0x2002; // carries an IPv4 address, RFC 3056
    global_unicast && !protocols && !documentation && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::{Url, check_public};

    #[test]
    fn private_targets_are_rejected_in_every_notation() {
        for url in [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://192.0.0.8/",
            "http://169.254.169.254/latest",
            "http://198.18.0.1/",
            "http://192.88.99.1/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://203.0.113.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://[2002:7f00:1::]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[100::1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://user@127.0.0.1/",
            "http://printer/",
            "http://db.internal/",
            "http://nas.local/",
            "http://x.default.svc/",
            "http://x.default.svc./",
            "http://X.Default.SVC/",
            "http://x.default.svc.cluster.local/",
            "http://x.cluster.local/",
            "http://kubernetes.default/",
            "http://db.team-1/",
            "http://db.prod1/",
            "http://metadata.google.internal/",
            "http://metadata.goog/",
            "http://router.localdomain/",
            "http://db.private/",
            "http://web.service.consul/",
            "http://db.dns.podman/",
            "http://shop.test/",
            "http://localhost../",
            "http://168.63.129.16/",
        ] {
            assert!(check_public(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }

    #[test]
    fn public_targets_are_allowed() {
        for url in [
            "https://example.com/",
            "https://example.com./",
            "https://svc.example.com/",
            "https://hook.example/",
            "https://example.xn--p1ai/",
            "http://1.1.1.1/",
            "http://[2606:4700::1111]/",
            "https://localhost.example.com/",
            "http://172.32.0.1/",
            "http://[::ffff:1.1.1.1]/",
            "http://100.128.0.1/",
        ] {
            assert!(check_public(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
    }
}
