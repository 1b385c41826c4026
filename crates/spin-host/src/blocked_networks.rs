//! The networks to which the component may not send requests: `block_networks` in the runtime configuration.

use std::net::IpAddr;

use ip_network::IpNetwork;
use serde::Deserialize;

/// In `block_networks`, this word stands for all networks that are not public.
const PRIVATE: &str = "private";

/// The entries of `block_networks`. If there are no entries, no network is blocked.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct BlockedNetworks {
    networks: Vec<IpNetwork>,
    private: bool,
}

impl TryFrom<Vec<String>> for BlockedNetworks {
    type Error = String;

    /// Parses the entries: networks in CIDR notation, and the word `private`. Ignores the bits of an address after the
    /// prefix, as Spin does: `10.1.2.3/8` means `10.0.0.0/8`.
    fn try_from(entries: Vec<String>) -> Result<Self, String> {
        let private = entries.iter().any(|entry| entry == PRIVATE);
        let networks = entries.iter().filter(|entry| *entry != PRIVATE);
        let parse = |entry: &String| {
            IpNetwork::from_str_truncate(entry).map_err(|_| {
                format!("block_networks: `{entry}` is neither an IP network, such as `10.0.0.0/8`, nor `private`")
            })
        };
        let networks = networks.map(parse).collect::<Result<_, _>>()?;
        Ok(Self { networks, private })
    }
}

impl BlockedNetworks {
    /// Returns whether the component may not send requests to `address`. An IPv6 address that contains an IPv4 address
    /// is also blocked if the IPv4 address is blocked.
    pub(crate) fn block(&self, address: IpAddr) -> bool {
        if self.private && !IpNetwork::from(address).is_global() {
            return true;
        }
        if self
            .networks
            .iter()
            .any(|network| network.contains(address))
        {
            return true;
        }
        match address {
            IpAddr::V6(address) => address
                .to_ipv4()
                .is_some_and(|address| self.block(address.into())),
            IpAddr::V4(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(entries: &[&str]) -> Result<BlockedNetworks, String> {
        let entries: Vec<String> = entries.iter().copied().map(Into::into).collect();
        entries.try_into()
    }

    #[test]
    fn an_entry_blocks_its_addresses() {
        for (entries, address, is_blocked) in [
            (&["private"][..], "127.0.0.1", true),
            (&["private"], "0.0.0.0", true),
            (&["private"], "10.10.10.10", true),
            (&["private"], "100.64.1.1", true),
            (&["private"], "169.254.169.254", true),
            (&["private"], "::1", true),
            (&["private"], "::ffff:10.10.10.10", true),
            (&["private"], "fc00::1", true),
            (&["private"], "fe80::1", true),
            (&["private"], "93.184.216.34", false),
            (&["private"], "2606:4700:4700::1111", false),
            (&["123.123.9.9/16"], "123.123.1.2", true),
            (&["123.123.9.9/16"], "::ffff:123.123.1.2", true),
            (&["123.123.9.9/16"], "123.124.1.2", false),
            (&["123.123.9.9/16"], "127.0.0.1", false),
            (&["1.1.1.1/32", "private"], "1.1.1.1", true),
            (&["1.1.1.1/32", "private"], "192.168.0.1", true),
            (&["2001:db8::/32"], "2001:db8::1", true),
            (&["2001:db8::/32"], "2001:db9::1", false),
            (&[], "127.0.0.1", false),
        ] {
            let networks = blocked(entries).unwrap();
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(networks.block(address), is_blocked, "{entries:?} {address}");
        }
    }

    #[test]
    fn an_invalid_entry_is_rejected_with_its_text() {
        for entry in [
            "public",
            "Private",
            "10.0.0.0",
            "10.0.0.0/33",
            "",
            "example.com",
        ] {
            let error = blocked(&["private", entry]).unwrap_err();
            assert!(error.contains(&format!("`{entry}`")), "{error}");
        }
    }
}
