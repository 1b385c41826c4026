//! Compiles a package with cargo.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{
    cargo::{self, TARGET, Target},
    package::Package,
};
use crate::args::BuildOptions;

/// A message in the JSON output of `cargo build`. `Other` stands for all messages that `whippet build` does not use.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        manifest_path: PathBuf,
        target: Target,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

/// Compiles the package's library and returns the path of the `.wasm` file.
///
/// # Errors
///
/// Fails when cargo fails or does not produce a `.wasm` file.
pub(super) fn compile(package: &Package, options: &BuildOptions) -> Result<PathBuf> {
    let mut command = cargo::toolchain("cargo");
    command.args(["build", "--lib", "--target", TARGET]);
    command.args(["--features", options.host.name()]);
    if let Some(features) = &options.features {
        command.args(["--features", features]);
    }
    command.args(["--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&package.manifest);
    if options.release {
        command.arg("--release");
    }
    if options.locked {
        command.arg("--locked");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| {
        format!(
            "cannot start {:?}; check that Rust is installed and on PATH",
            command.get_program()
        )
    })?;

    let mut wasm = None;
    for line in child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let line = line.context("cannot read the output of `cargo build`")?;
        // Skips lines that are not messages of cargo, because build scripts and macros may print any text.
        let Ok(Message::CompilerArtifact {
            manifest_path,
            target,
            filenames,
        }) = serde_json::from_str(&line)
        else {
            continue;
        };
        if manifest_path == package.manifest && target.is_cdylib() {
            wasm = filenames.into_iter().find(|file| is_wasm(file));
        }
    }
    if !child
        .wait()
        .context("cannot wait for `cargo build`")?
        .success()
    {
        bail!(failure(package));
    }
    wasm.with_context(|| {
        format!(
            "cargo did not produce a .wasm file for package `{}`",
            package.name
        )
    })
}

fn is_wasm(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "wasm")
}

/// Describes why `cargo build` failed. The most common cause is that the standard library for the compilation
/// target is not installed. The message for this cause contains the command that installs the standard library.
fn failure(package: &Package) -> String {
    if target_is_installed() {
        return format!(
            "cargo could not build package `{}`; its errors are printed above",
            package.name
        );
    }
    let option =
        cargo::toolchain_name().map_or_else(String::new, |name| format!(" --toolchain {name}"));
    format!(
        "the standard library{} for {TARGET} is not installed; run `rustup target add {TARGET}{option}`, \
         or `scripts/setup wasm` in the Whippet repository",
        cargo::of_toolchain()
    )
}

/// Returns whether the toolchain has the standard library of [`TARGET`]. Also returns true when rustc fails.
fn target_is_installed() -> bool {
    let mut command = cargo::toolchain("rustc");
    match command
        .args(["--target", TARGET, "--print", "target-libdir"])
        .output()
    {
        Ok(output) if output.status.success() => {
            Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
        }
        _ => true,
    }
}
