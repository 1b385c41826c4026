//! The limits of the HTTP server, from variables.

use std::time::Duration;

use crate::{Config, ConfigError, duration};

/// How long connections may take, and how many there may be. Each field names its variable and its default.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// `HTTP_MAX_CONNECTIONS`, 512: further connections wait until one ends. A process often has 1,024 file descriptors.
    pub(super) connections: usize,
    /// `HTTP_HEADER_TIMEOUT`, 10 s: from the first byte of a request to the end of its headers.
    pub(super) header: Duration,
    /// `HTTP_BODY_TIMEOUT`, 20 s: how long a body may keep a handler waiting, in all; every [`MIN_RATE`] bytes add a second.
    pub(super) body: Duration,
    /// `HTTP_IDLE_TIMEOUT`, 75 s: how long a connection without a request stays open. Longer than the 60 s after which common
    /// load balancers close it, so that a request of theirs never meets a connection that is closing.
    pub(super) idle: Duration,
    /// `HTTP_WRITE_TIMEOUT`, 30 s: how long a client may read nothing of a response.
    pub(super) write: Duration,
    /// `WEBSOCKET_PING_INTERVAL`, 30 s: how long the peer of a WebSocket may be silent before it gets a ping, and how long it
    /// then has to respond.
    pub(super) ping: Duration,
    /// `SHUTDOWN_TIMEOUT`, 25 s: how long requests and tasks may finish after the signal to stop. Kubernetes kills after 30 s.
    pub(crate) shutdown: Duration,
}

/// Bytes of a body for which its time limit grows by a second.
pub(super) const MIN_RATE: u32 = 500;

impl Limits {
    pub(crate) fn from_config(config: &Config) -> Result<Self, ConfigError> {
        let seconds = |name, default| {
            let Some(text) = config.get(name) else {
                return Ok(Duration::from_secs(default));
            };
            let parsed = duration::parse(text).filter(|duration| !duration.is_zero());
            parsed.ok_or_else(|| {
                ConfigError::new(
                    name,
                    format!("is {text:?}: set a duration such as 500ms, 10s or 2m"),
                )
            })
        };
        let connections = config.parse("HTTP_MAX_CONNECTIONS", 512)?;
        if connections == 0 {
            let why = "is 0: allow at least one connection";
            return Err(ConfigError::new("HTTP_MAX_CONNECTIONS", why));
        }
        Ok(Self {
            connections,
            header: seconds("HTTP_HEADER_TIMEOUT", 10)?,
            body: seconds("HTTP_BODY_TIMEOUT", 20)?,
            idle: seconds("HTTP_IDLE_TIMEOUT", 75)?,
            write: seconds("HTTP_WRITE_TIMEOUT", 30)?,
            ping: seconds("WEBSOCKET_PING_INTERVAL", 30)?,
            shutdown: seconds("SHUTDOWN_TIMEOUT", 25)?,
        })
    }
}
