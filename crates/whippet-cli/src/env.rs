//! `whippet env`: lists the variables of an app.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::EnvOptions;

/// Runs the native program of the app with the argument `env`, which prints `Settings::describe`.
///
/// # Errors
///
/// Fails if the program cannot be built, or if the program fails.
pub(crate) fn env(options: &EnvOptions) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet"]);
    if options.locked {
        command.arg("--locked");
    }
    if let Some(package) = &options.package {
        command.args(["--package", package]);
    }
    let status = command.args(["--", "env"]).status();
    let status = status.context("cargo cannot be started")?;
    if !status.success() {
        bail!(
            "the program failed; its `main` has to print `Settings::describe` for the argument `env`"
        );
    }
    Ok(())
}
