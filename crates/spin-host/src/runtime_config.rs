//! Reads the parts of Spin's runtime configuration that spin-host supports.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Table;

use crate::blocked_networks::BlockedNetworks;
use crate::manifest::reject;

/// The runtime configuration: settings that the operator chooses, and that apply to every application.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RuntimeConfig {
    /// The settings for the component's requests.
    #[serde(default)]
    pub(crate) outbound_networking: OutboundNetworking,
    #[serde(flatten)]
    rest: Table,
}

/// The table `[outbound_networking]`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OutboundNetworking {
    /// The networks to which the component may not send requests.
    #[serde(default)]
    pub(crate) block_networks: BlockedNetworks,
    #[serde(flatten)]
    rest: Table,
}

impl RuntimeConfig {
    /// Reads the file at `path`. Without a file, no network is blocked.
    ///
    /// # Errors
    ///
    /// Fails when the file does not exist, is not a runtime configuration, or has a setting that spin-host does not
    /// implement.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read {name}; choose a file with --runtime-config-file")
        })?;
        Self::parse(&text).with_context(|| format!("in {name}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        reject(&config.rest, &[])?;
        reject(&config.outbound_networking.rest, &[]).context("in [outbound_networking]")?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn block_networks_is_read() {
        for (text, is_blocked) in [
            ("", false),
            ("[outbound_networking]", false),
            ("[outbound_networking]\nblock_networks = []", false),
            ("[outbound_networking]\nblock_networks = ['private']", true),
            ("outbound_networking.block_networks = ['127.0.0.0/8']", true),
        ] {
            let config = RuntimeConfig::parse(text).unwrap();
            let networks = config.outbound_networking.block_networks;
            assert_eq!(
                networks.block(Ipv4Addr::LOCALHOST.into()),
                is_blocked,
                "{text}"
            );
        }
    }

    #[test]
    fn an_unsupported_setting_is_rejected_with_the_reason() {
        for (text, message) in [
            ("state_dir = '.spin'", "does not implement `state_dir`"),
            (
                "[sqlite_database.default]\ntype = 'libsql'",
                "does not implement `sqlite_database`",
            ),
            (
                "[outbound_networking]\nmax_total_connections = 1",
                "in [outbound_networking]: spin-host does not implement `max_total_connections`",
            ),
            (
                "[outbound_networking]\nblock_networks = ['10.0.0.0']",
                "`10.0.0.0` is neither an IP network",
            ),
            (
                "[outbound_networking]\nblock_networks = 'private'",
                "invalid type: string",
            ),
            ("[outbound_networking", "TOML parse error"),
        ] {
            let error = format!("{:#}", RuntimeConfig::parse(text).unwrap_err());
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let error = RuntimeConfig::load(Some(Path::new("missing.toml"))).unwrap_err();
        assert!(error.to_string().contains("cannot read missing.toml"));
    }
}
