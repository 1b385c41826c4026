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

/// Returns the contents of a file that belongs to the page `/docs`. The response body consists of exactly these bytes.
/// The error states why the file is not available.
pub type ReadDocs = fn(File) -> Result<Bytes, &'static str>;

/// The services of a host. Tests can override each service.
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
    /// The source of the time.
    pub clock: Arc<dyn TimeSource>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Wakes the task runner.
    pub wake_up: Arc<dyn WakeUp>,
    /// Reads the files of the page `/docs`; `None` if the platform serves the files and the app gets no requests for
    /// the page.
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
