//! The services that a host gives an app.

use std::sync::Arc;

use axum::body::Bytes;
use whippet_docs::File;

use crate::Config;
use crate::clock::TimeSource;
use crate::db::Database;
use crate::fetch::HttpClient;
use crate::random::Entropy;
use crate::wake_up::WakeUp;

/// Reads a file of the page `/docs` as it is sent; an error says what to do so that the file is there.
pub type ReadDocs = fn(File) -> Result<Bytes, &'static str>;

/// The services of a host. Tests replace any of them.
#[derive(Clone)]
pub struct Host {
    /// The host's name.
    pub name: &'static str,
    /// The configuration.
    pub config: Config,
    /// The database.
    pub database: Arc<dyn Database>,
    /// Outbound HTTP.
    pub http: Arc<dyn HttpClient>,
    /// Time.
    pub clock: Arc<dyn TimeSource>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The wake-up of the task runner.
    pub queue: Arc<dyn WakeUp>,
    /// Reads the files of the page `/docs`; `None` where the platform serves them before the app is asked.
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
