//! The services that a host provides to an app.

use std::sync::Arc;

use axum::body::Bytes;
use whippet_docs::File;

use crate::Config;
use crate::clock::TimeSource;
use crate::db::Database;
use crate::fetch::HttpClient;
use crate::random::Entropy;
use crate::wake_up::WakeUp;

/// A function that returns the bytes of a file of the page `/docs`. The app sends these bytes unchanged. The error
/// states why the file is not available.
pub type ReadDocs = fn(File) -> Result<Bytes, &'static str>;

/// The services that a host provides to an app. Tests can override each service.
#[derive(Clone)]
pub struct Host {
    /// The name of the host.
    pub name: &'static str,
    /// The configuration.
    pub config: Config,
    /// The database.
    pub database: Arc<dyn Database>,
    /// The client for outbound HTTP requests.
    pub http: Arc<dyn HttpClient>,
    /// Provides the current time and timers.
    pub clock: Arc<dyn TimeSource>,
    /// Provides random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Wakes the task runner.
    pub wake_up: Arc<dyn WakeUp>,
    /// Reads the files of the page `/docs`. `None` if the platform serves these files, so that the app gets no requests
    /// for them.
    pub docs: Option<ReadDocs>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
