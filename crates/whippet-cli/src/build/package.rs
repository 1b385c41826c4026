//! Finds the package to build, and checks that the package can be built for the host.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::cargo::{self, Metadata};
use crate::args::BuildOptions;

/// A package that can be built for a host.
#[derive(Debug)]
pub(super) struct Package {
    /// The name of the package.
    pub(super) name: String,
    /// The path of the package's `Cargo.toml`.
    pub(super) manifest: PathBuf,
    /// The `target` directory of the workspace.
    pub(super) target_dir: PathBuf,
}

impl Package {
    /// Returns the directory of the package's `Cargo.toml`.
    pub(super) fn dir(&self) -> &Path {
        parent(&self.manifest)
    }
}

/// Finds the package that `options` names, or the package of the current directory.
///
/// # Errors
///
/// Fails when the package does not exist, or has no `cdylib` library or no feature for the host.
pub(super) fn find(options: &BuildOptions) -> Result<Package> {
    let host = options.host.name();
    let workspace = Metadata::of_workspace()?;
    let package = match &options.package {
        Some(name) => named(&workspace, name)?,
        None => in_current_dir(&workspace)?,
    };
    let name = &package.name;
    ensure!(
        package.targets.iter().any(cargo::Target::is_cdylib),
        "package `{name}` has no `cdylib` library; add `crate-type = [\"cdylib\", \"rlib\"]` to `[lib]` in {}",
        package.manifest_path.display()
    );
    ensure!(
        package.features.contains_key(host),
        "package `{name}` has no feature `{host}`; add `{host} = [\"whippet/{host}\"]` to `[features]` in {}",
        package.manifest_path.display()
    );
    Ok(Package {
        name: name.clone(),
        manifest: package.manifest_path.clone(),
        target_dir: workspace.target_directory.clone(),
    })
}

fn named<'a>(workspace: &'a Metadata, name: &str) -> Result<&'a cargo::Package> {
    workspace.package(name).with_context(|| {
        format!(
            "package `{name}` was not found in {}; the packages are: {}",
            workspace.workspace_root.display(),
            names(workspace)
        )
    })
}

fn in_current_dir(workspace: &Metadata) -> Result<&cargo::Package> {
    let cwd = env::current_dir().context("cannot read the current directory")?;
    let ancestors = workspace
        .packages
        .iter()
        .filter(|package| cwd.starts_with(parent(&package.manifest_path)));
    ancestors
        .max_by_key(|package| parent(&package.manifest_path).as_os_str().len())
        .with_context(|| {
            format!(
                "{} is not inside a package; choose a package with `-p`: {}",
                cwd.display(),
                names(workspace)
            )
        })
}

fn names(workspace: &Metadata) -> String {
    let packages = workspace.packages.iter();
    let mut names: Vec<_> = packages.map(|package| &*package.name).collect();
    names.sort_unstable();
    names.join(", ")
}

/// Returns the directory of a `Cargo.toml`. Cargo reports absolute paths, so a manifest always has a directory.
pub(super) fn parent(manifest: &Path) -> &Path {
    manifest.parent().unwrap_or(manifest)
}
