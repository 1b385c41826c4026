//! The limits of the HTTP server, which environment variables can change.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::{Config, ConfigError};

/// The time limits of the HTTP server, and the maximum numbers of connections and requests. Each field's comment starts
/// with the name of the variable that sets the field, and the default value.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// `HTTP_MAX_CONNECTIONS`, by default 512: how many connections may be open. Further connections wait until an open
    /// connection ends. The default is half of the 1,024 file descriptors that many systems allow a process.
    pub(super) connections: usize,
    /// `HTTP_MAX_REQUESTS`, by default 1024: how many handlers may run at the same time. Further requests wait until a
    /// handler ends. The default is higher than the number of connections, because one HTTP/2 connection can carry
    /// several requests at the same time.
    pub(super) requests: usize,
    /// `HTTP_HEADER_TIMEOUT`, by default 10 s: the longest time from the first byte of a request to the end of its
    /// headers. This is also the time limit of a TLS handshake.
    pub(super) header: Duration,
    /// `HTTP_BODY_TIMEOUT`, by default 20 s: how long a request body may keep a handler waiting, in total. Every
    /// [`MIN_RATE`] bytes of the body add a second to this timeout.
    pub(super) body: Duration,
    /// `HTTP_IDLE_TIMEOUT`, by default 75 s: how long a connection without a request stays open. Common load balancers
    /// close an idle connection after 60 s. The server waits longer, so that a load balancer does not send a request on
    /// a connection that the server is closing.
    pub(super) idle: Duration,
    /// `HTTP_WRITE_TIMEOUT`, by default 30 s: how long a client may read nothing while the server has data to send.
    pub(super) write: Duration,
    /// `WEBSOCKET_PING_INTERVAL`, by default 30 s: if the peer of a WebSocket is silent for this time, the server sends
    /// a ping. The peer must then respond within the same time.
    pub(super) ping: Duration,
    /// `SHUTDOWN_TIMEOUT`, by default 25 s: how long requests and task attempts may continue after the signal to stop.
    /// Kubernetes kills a process after 30 s.
    pub(crate) shutdown: Duration,
}

/// The minimum rate of a request body, in bytes per second. Each time this many bytes arrive, the time limit of the
/// body is extended by one second.
pub(super) const MIN_RATE: u32 = 500;

impl Limits {
    pub(crate) fn from_config(config: &Config) -> Result<Self, ConfigError> {
        let seconds = |name, default| {
            let Some(text) = config.get(name) else {
                return Ok(Duration::from_secs(default));
            };
            let parsed = whippet_schedule::duration(text).filter(|duration| !duration.is_zero());
            parsed.ok_or_else(|| {
                ConfigError::new(
                    name,
                    format!("is {text:?}: set a duration such as 500ms, 10s or 2m"),
                )
            })
        };
        let maximum = |name, default| match config.parse(name, default)? {
            // A semaphore has at most `MAX_PERMITS` permits.
            number @ 1..=Semaphore::MAX_PERMITS => Ok(number),
            number => {
                let why = format!(
                    "is {number}: set a number from 1 to {}",
                    Semaphore::MAX_PERMITS
                );
                Err(ConfigError::new(name, why))
            }
        };
        Ok(Self {
            connections: maximum("HTTP_MAX_CONNECTIONS", 512)?,
            requests: maximum("HTTP_MAX_REQUESTS", 1024)?,
            header: seconds("HTTP_HEADER_TIMEOUT", 10)?,
            body: seconds("HTTP_BODY_TIMEOUT", 20)?,
            idle: seconds("HTTP_IDLE_TIMEOUT", 75)?,
            write: seconds("HTTP_WRITE_TIMEOUT", 30)?,
            ping: seconds("WEBSOCKET_PING_INTERVAL", 30)?,
            shutdown: seconds("SHUTDOWN_TIMEOUT", 25)?,
        })
    }
}
