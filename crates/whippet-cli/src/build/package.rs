//! The package that is built, and whether it is fit for the host.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use super::cargo::{self, Metadata};
use crate::args::BuildOptions;

/// A package that can be built for a host.
#[derive(Debug)]
pub(super) struct Package {
    /// Its name, as cargo's `-p` takes it.
    pub(super) name: String,
    /// Its `Cargo.toml`.
    pub(super) manifest: PathBuf,
    /// The workspace's `target`.
    pub(super) target_dir: PathBuf,
    /// The host's entry module, from the `whippet` that the package links.
    pub(super) entry: PathBuf,
}

impl Package {
    /// The directory of its `Cargo.toml`.
    pub(super) fn dir(&self) -> &Path {
        parent(&self.manifest)
    }
}

/// Finds the package that `options` name and everything a build needs to know about it.
///
/// # Errors
///
/// Fails when there is no such package, or when it lacks a `cdylib`, the host's
/// feature, `whippet`, or this program's version of `wasm-bindgen`.
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

    let linked = Metadata::with_dependencies(&package.manifest_path, host)?;
    check_bindgen(&linked)?;
    Ok(Package {
        name: name.clone(),
        manifest: package.manifest_path.clone(),
        target_dir: workspace.target_directory.clone(),
        entry: entry(&linked, name, host)?,
    })
}

fn named<'a>(workspace: &'a Metadata, name: &str) -> Result<&'a cargo::Package> {
    workspace.package(name).with_context(|| {
        format!(
            "there is no package `{name}` in {}; the packages are: {}",
            workspace.workspace_root.display(),
            names(workspace)
        )
    })
}

fn in_current_dir(workspace: &Metadata) -> Result<&cargo::Package> {
    let cwd = env::current_dir().context("the current directory is not accessible")?;
    let ancestors = workspace
        .packages
        .iter()
        .filter(|package| cwd.starts_with(parent(&package.manifest_path)));
    ancestors
        .max_by_key(|package| parent(&package.manifest_path).as_os_str().len())
        .with_context(|| {
            format!(
                "{} is not inside a package; name one with `-p`: {}",
                cwd.display(),
                names(workspace)
            )
        })
}

/// The schema of wasm-bindgen's custom section changes between patch releases, so only the same version will do.
fn check_bindgen(linked: &Metadata) -> Result<()> {
    let built_with = wasm_bindgen_shared::version();
    if let Some(package) = linked.package("wasm-bindgen")
        && package.version != built_with
    {
        bail!(
            "the app links wasm-bindgen {}, and this `whippet` was built with {built_with}; \
             run `cargo update -p wasm-bindgen --precise {built_with}`",
            package.version
        );
    }
    Ok(())
}

fn entry(linked: &Metadata, name: &str, host: &str) -> Result<PathBuf> {
    let whippet = linked.package("whippet").with_context(|| {
        format!("package `{name}` does not depend on `whippet`; run `cargo add whippet -p {name}`")
    })?;
    let entry = parent(&whippet.manifest_path).join(format!("src/host/{host}/entry.js"));
    ensure!(
        entry.is_file(),
        "whippet {} has no entry module for {host}: {} is missing",
        whippet.version,
        entry.display()
    );
    Ok(entry)
}

fn names(workspace: &Metadata) -> String {
    let packages = workspace.packages.iter();
    let mut names: Vec<_> = packages.map(|package| &*package.name).collect();
    names.sort_unstable();
    names.join(", ")
}

/// The directory of a `Cargo.toml`, whose path is absolute in cargo's answers.
fn parent(manifest: &Path) -> &Path {
    manifest.parent().unwrap_or(manifest)
}
