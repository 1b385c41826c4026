//! `whippet graphql export`: writes the GraphQL schema of an app to a file.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::args::ExportOptions;
use crate::env::program;

/// Runs the native program of the app with the argument `graphql`, and writes the program's output to the file. The
/// file stays unchanged if the program fails.
///
/// # Errors
///
/// Fails if the program cannot be built, if it fails or prints no schema, or if the file cannot be written.
pub(crate) fn export(options: &ExportOptions) -> Result<()> {
    let mut command = program(
        options.package.as_deref(),
        options.features.as_deref(),
        options.locked,
        "graphql",
    );
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.context("cannot start cargo; check that Rust is installed and on PATH")?;
    if !output.status.success() || output.stdout.trim_ascii().is_empty() {
        bail!(
            "the program did not print a schema; with the argument `graphql`, its `main` must print the result of `whippet::graphql::sdl`"
        );
    }
    let file = &options.out;
    let new = file.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&new, &output.stdout)
        .and_then(|()| fs::rename(&new, file))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}
