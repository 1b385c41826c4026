//! `whippet env`: lists the variables of an app.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::EnvOptions;

/// Runs the native program of the app with the argument `env`. The program prints the variables.
///
/// # Errors
///
/// Fails if the program cannot be built, or if the program fails.
pub(crate) fn env(options: &EnvOptions) -> Result<()> {
    let status = program(
        options.package.as_deref(),
        options.features.as_deref(),
        options.locked,
        "env",
    )
    .status();
    let status = status.context("cannot start cargo; check that Rust is installed and on PATH")?;
    if !status.success() {
        bail!(
            "the program failed with the argument `env`; its `main` must call `whippet::native::run`, or print the variables itself"
        );
    }
    Ok(())
}

/// Returns the command that runs the native program of the app with an argument.
pub(crate) fn program(
    package: Option<&str>,
    features: Option<&str>,
    locked: bool,
    argument: &str,
) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet"]);
    if locked {
        command.arg("--locked");
    }
    if let Some(package) = package {
        command.args(["--package", package]);
    }
    if let Some(features) = features {
        command.args(["--features", features]);
    }
    command.args(["--", argument]);
    command
}
