//! The state that all instances of the component share.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::allowed_hosts::AllowedHosts;
use crate::bindings::sqlite::Error;
use crate::blocked_networks::BlockedNetworks;
use crate::manifest::Manifest;
use crate::runtime_config::RuntimeConfig;
use crate::variables::Variables;

/// The component's settings. Their templates are replaced with the values of the variables.
#[derive(Debug)]
pub(crate) struct App {
    /// The component's id, for error messages.
    pub(crate) component: String,
    /// The component's variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// The hosts to which the component may send requests.
    pub(crate) allowed_hosts: AllowedHosts,
    /// The networks to which the component may not send requests.
    pub(crate) blocked_networks: BlockedNetworks,
    /// The folder with the copy of the component's files, if the component has files.
    pub(crate) files: Option<PathBuf>,
    databases: HashMap<String, PathBuf>,
}

impl App {
    /// Creates the state from the manifest. Reads the values of the manifest's variables from the environment of this
    /// process. Creates `state_dir` if the component has a database. `files` is the folder with the copy of the
    /// component's files.
    ///
    /// # Errors
    ///
    /// Fails when a variable has no value, when a template of the component is invalid, when spin-host does not support
    /// an allowed host or a database of the component, or when `state_dir` cannot be created.
    pub(crate) fn new(
        manifest: &Manifest,
        config: RuntimeConfig,
        state_dir: &Path,
        files: Option<&Path>,
    ) -> Result<Self> {
        let variables = Variables::resolve(&manifest.variables, |key| std::env::var(key).ok())?;
        let component = &manifest.component;
        let context = || format!("in [component.{}]", manifest.id);
        let hosts = component.allowed_outbound_hosts.iter();
        let hosts: Vec<String> = hosts
            .map(|host| variables.expand(host))
            .collect::<Result<_>>()
            .with_context(context)?;
        Ok(Self {
            component: manifest.id.clone(),
            variables: variables
                .expand_all(&component.variables)
                .with_context(context)?,
            allowed_hosts: AllowedHosts::parse(hosts.iter().map(String::as_str))
                .with_context(context)?,
            blocked_networks: config.outbound_networking.block_networks,
            files: files.map(Path::to_owned),
            databases: databases(&component.sqlite_databases, state_dir).with_context(context)?,
        })
    }

    /// Returns the path of the SQLite file for the database `name`.
    ///
    /// # Errors
    ///
    /// Fails when the manifest does not allow the component to use the database.
    pub(crate) fn database(&self, name: &str) -> Result<PathBuf, Error> {
        self.databases.get(name).cloned().ok_or(Error::AccessDenied)
    }
}

/// Returns each database's name with the path of its SQLite file. Only the database `default` is supported, because
/// Spin provides no other database without a runtime configuration.
fn databases(names: &[String], state_dir: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut databases = HashMap::new();
    for name in names {
        ensure!(
            name == "default",
            "sqlite_databases: spin-host does not support `{name}`; the only database is `default`"
        );
        std::fs::create_dir_all(state_dir).with_context(|| {
            let directory = state_dir.display();
            format!("cannot create {directory}; choose another directory with --state-dir")
        })?;
        databases.insert(name.clone(), state_dir.join("sqlite_db.db"));
    }
    Ok(databases)
}
