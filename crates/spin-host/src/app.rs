//! What every instance of the component shares.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::allowed_hosts::AllowedHosts;
use crate::bindings::sqlite::Error;
use crate::manifest::Manifest;
use crate::variables::Variables;

/// The component's settings, with variables resolved.
#[derive(Debug)]
pub(crate) struct App {
    /// The component's id, which errors name.
    pub(crate) component: String,
    /// The component's variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Where it may send requests.
    pub(crate) allowed_hosts: AllowedHosts,
    /// The copy of its files, where it has any.
    pub(crate) files: Option<PathBuf>,
    databases: HashMap<String, PathBuf>,
}

impl App {
    /// Resolves what the manifest says, with the environment of this process, and makes `state_dir` when it is needed; `files` is
    /// the copy of the component's files.
    ///
    /// # Errors
    ///
    /// Fails when a variable has no value, an entry is wrong, or the directory cannot be made.
    pub(crate) fn new(manifest: &Manifest, state_dir: &Path, files: Option<&Path>) -> Result<Self> {
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
            files: files.map(Path::to_owned),
            databases: databases(&component.sqlite_databases, state_dir).with_context(context)?,
        })
    }

    /// The file of a database.
    ///
    /// # Errors
    ///
    /// Fails when the manifest does not give the component that database.
    pub(crate) fn database(&self, name: &str) -> Result<PathBuf, Error> {
        self.databases.get(name).cloned().ok_or(Error::AccessDenied)
    }
}

/// Spin knows where `default` is; any other name needs its runtime configuration.
fn databases(names: &[String], state_dir: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut databases = HashMap::new();
    for name in names {
        ensure!(
            name == "default",
            "sqlite_databases: spin-host supports only `default`, not `{name}`"
        );
        std::fs::create_dir_all(state_dir).with_context(|| {
            let directory = state_dir.display();
            format!("cannot make {directory}; name another directory with --state-dir")
        })?;
        databases.insert(name.clone(), state_dir.join("sqlite_db.db"));
    }
    Ok(databases)
}
