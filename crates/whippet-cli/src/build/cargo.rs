//! Runs cargo and reads the metadata of the workspace.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The compilation target of every host that runs WebAssembly.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// Creates a command that runs `program` (`cargo` or `rustc`) with the toolchain that compiles the app.
///
/// When `cargo run` starts `whippet`, rustup and cargo set environment variables that select the toolchain of
/// `whippet`. If `WHIPPET_TOOLCHAIN` is set, the program runs without these variables.
pub(super) fn toolchain(program: &str) -> Command {
    match toolchain_name() {
        Some(name) => {
            let mut command = Command::new("rustup");
            command.args(["run", &name, program]);
            for pinned in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
                command.env_remove(pinned);
            }
            command
        }
        None => {
            let chosen = env::var_os(program.to_uppercase());
            Command::new(chosen.unwrap_or_else(|| program.into()))
        }
    }
}

/// Returns the name of the toolchain in the environment variable `WHIPPET_TOOLCHAIN`.
pub(super) fn toolchain_name() -> Option<String> {
    env::var("WHIPPET_TOOLCHAIN")
        .ok()
        .filter(|name| !name.is_empty())
}

/// Returns a phrase that names the toolchain in an error message, for example `` of the toolchain `x` ``. For the
/// default toolchain, returns an empty string.
pub(super) fn of_toolchain() -> String {
    toolchain_name().map_or_else(String::new, |name| format!(" of the toolchain `{name}`"))
}

/// The output of `cargo metadata`. Only the fields that `whippet build` uses are read.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) target_directory: PathBuf,
    pub(super) workspace_root: PathBuf,
}

/// A package in the output of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) manifest_path: PathBuf,
    pub(super) targets: Vec<Target>,
    pub(super) features: serde_json::Map<String, serde_json::Value>,
}

/// A target of a package, in the output of `cargo metadata` and `cargo build`.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    crate_types: Vec<String>,
}

impl Target {
    /// Returns whether the target is a library that is linked into a `.wasm` file.
    pub(super) fn is_cdylib(&self) -> bool {
        self.crate_types.iter().any(|kind| kind == "cdylib")
    }
}

impl Metadata {
    /// Reads the packages of the workspace, without their dependencies, from `cargo metadata`.
    pub(super) fn of_workspace() -> Result<Self> {
        metadata(toolchain("cargo").args(["metadata", "--no-deps"]))
    }

    /// Reads the packages of the workspace, and all dependencies that the package at `manifest` has if its feature
    /// `feature` is enabled. Fails if `locked` is true and `Cargo.lock` is not up to date.
    pub(super) fn with_dependencies(manifest: &Path, feature: &str, locked: bool) -> Result<Self> {
        let mut command = toolchain("cargo");
        command.args([
            "metadata",
            "--filter-platform",
            TARGET,
            "--features",
            feature,
        ]);
        if locked {
            command.arg("--locked");
        }
        metadata(command.arg("--manifest-path").arg(manifest))
    }

    /// Finds a package by its name.
    pub(super) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

fn metadata(command: &mut Command) -> Result<Metadata> {
    let output = command
        .args(["--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| {
            format!(
                "cannot start {:?}; check that Rust is installed and on PATH",
                command.get_program()
            )
        })?;
    ensure!(
        output.status.success(),
        "`cargo metadata`{} failed; its error is printed above",
        of_toolchain()
    );
    serde_json::from_slice(&output.stdout).context("cannot parse the output of `cargo metadata`")
}
