//! How cargo is called, and what it says about the workspace.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The compilation target of every wasm host.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// Starts a command line for `program` (`cargo` or `rustc`) of the toolchain that compiles the app.
///
/// Below `cargo run`, rustup and cargo have put the outer toolchain into the
/// environment; `WHIPPET_TOOLCHAIN` has to win over that.
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

/// The toolchain that `WHIPPET_TOOLCHAIN` asks for.
pub(super) fn toolchain_name() -> Option<String> {
    env::var("WHIPPET_TOOLCHAIN")
        .ok()
        .filter(|name| !name.is_empty())
}

/// `` of the toolchain `x` ``, or nothing for the default one, to name it in messages.
pub(super) fn of_toolchain() -> String {
    toolchain_name().map_or_else(String::new, |name| format!(" of the toolchain `{name}`"))
}

/// The part of `cargo metadata`'s answer that is used here.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) target_directory: PathBuf,
    pub(super) workspace_root: PathBuf,
}

/// A package in `cargo metadata`'s answer.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) manifest_path: PathBuf,
    pub(super) targets: Vec<Target>,
    pub(super) features: serde_json::Map<String, serde_json::Value>,
}

/// A target of a package, also in the messages of `cargo build`.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    crate_types: Vec<String>,
}

impl Target {
    /// Whether the target is a library that links to a `.wasm`.
    pub(super) fn is_cdylib(&self) -> bool {
        self.crate_types.iter().any(|kind| kind == "cdylib")
    }
}

impl Metadata {
    /// Lists the workspace's own packages.
    pub(super) fn of_workspace() -> Result<Self> {
        metadata(toolchain("cargo").args(["metadata", "--no-deps"]))
    }

    /// Lists the workspace's packages and everything `manifest` links with `feature` on.
    pub(super) fn with_dependencies(manifest: &Path, feature: &str) -> Result<Self> {
        let mut command = toolchain("cargo");
        command.args([
            "metadata",
            "--filter-platform",
            TARGET,
            "--features",
            feature,
        ]);
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
                "cannot start {:?}; is Rust installed?",
                command.get_program()
            )
        })?;
    ensure!(
        output.status.success(),
        "`cargo metadata`{} failed; what it says is above",
        of_toolchain()
    );
    serde_json::from_slice(&output.stdout).context("cannot read the answer of `cargo metadata`")
}
