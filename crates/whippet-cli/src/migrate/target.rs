//! The database that a command works on.

use std::path::{Path, PathBuf};

use anyhow::Result;
use whippet_migrations::Applied;

use super::folder::Migration;
use super::{d1, file};

/// A database.
#[derive(Debug)]
pub(super) enum Target {
    /// An SQLite file.
    File(PathBuf),
    /// A D1 database. Commands access it through wrangler.
    D1 {
        /// The name or binding of the database in wrangler's configuration.
        name: String,
        /// Whether to use the database at Cloudflare instead of a local database.
        remote: bool,
        /// The folder of the local database.
        persist_to: Option<PathBuf>,
    },
}

impl Target {
    /// Returns what the database has recorded about applied migrations. Does not change the database.
    pub(super) fn applied(&self) -> Result<Vec<Applied>> {
        match self {
            Self::File(path) => file::applied(path),
            Self::D1 { .. } => d1::applied(self),
        }
    }

    /// Records the checksums of `migrations`. These migrations are applied, but their checksums are not recorded yet.
    pub(super) fn record(&self, migrations: &[&Migration]) -> Result<()> {
        if migrations.is_empty() {
            return Ok(());
        }
        match self {
            Self::File(path) => file::record(path, migrations),
            Self::D1 { .. } => d1::record(self, migrations),
        }
    }

    /// Applies the pending migrations and records them. Calls `applied` after each migration.
    pub(super) fn apply(
        &self,
        folder: &Path,
        pending: &[&Migration],
        applied: &mut dyn FnMut(&Migration),
    ) -> Result<()> {
        match self {
            Self::File(path) => file::apply(path, folder, pending, applied),
            Self::D1 { .. } => {
                d1::apply(self, folder, pending)?;
                pending.iter().for_each(|migration| applied(migration));
                Ok(())
            }
        }
    }
}

impl Target {
    /// Runs the SQL of a file in one transaction.
    pub(super) fn run(&self, file: &Path, sql: &str) -> Result<()> {
        match self {
            Self::File(path) => file::run_file(path, file, sql),
            Self::D1 { .. } => d1::run_file(self, file),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::D1 { name, remote, .. } => {
                let place = if *remote { "at Cloudflare" } else { "local" };
                write!(f, "the D1 database {name} ({place})")
            }
        }
    }
}
