//! The settings of Relay.

use whippet::settings::bearer_key;
use whippet::{Retry, Secret, Settings};

/// The settings of Relay, which are read from variables when Relay starts. `relay env` lists the variables.
#[derive(Debug, Settings)]
#[settings(prefix = "RELAY_")]
pub struct RelaySettings {
    /// The API key of this Relay server. Without an API key, Relay rejects every request.
    #[setting(with = bearer_key)]
    pub(crate) api_key: Option<Secret<String>>,
    /// The delays between the attempts of a delivery. The default delays are those of Svix.
    #[setting(default = "5s 5m 30m 2h 5h 10h 10h")]
    pub(crate) retry_schedule: Retry,
    /// Allows deliveries to targets in private networks. Use this setting only for development.
    pub(crate) allow_private_targets: bool,
}
