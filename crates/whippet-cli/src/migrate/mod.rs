//! `whippet migrate`: creates, checks and applies migrations.
//!
//! - `folder`: the migration files.
//! - `target`: the databases: `file` (an SQLite file) and `d1` (D1, through wrangler).
//! - `lint`: the rules that `check` and `plan` apply.
//! - `diff`: drafts a migration from the records of a program.
//! - `squash`: replaces all files with one file.
//! - `status`, `up`, `plan`, `check`, `seed`: the other commands.

mod args;
mod check;
mod d1;
mod diff;
mod file;
mod folder;
mod lint;
mod plan;
mod schema;
mod seed;
mod squash;
mod status;
mod target;
#[cfg(test)]
mod tests;
mod up;

use std::process::ExitCode;

use anyhow::Result;
use args::{Action, Output};
pub(crate) use args::{HELP, MigrateOptions, parse};
use serde::Serialize;
use serde_json::json;
use whippet_migrations::LedgerError;

/// The result of a command, which the exit code of the process reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The command has succeeded.
    Done,
    /// The database lacks migrations.
    Pending,
    /// The lint has found errors.
    Findings,
    /// The files do not match the database.
    Mismatch,
}

impl Outcome {
    /// Returns the exit code, as [`HELP`] documents it. The exit code 1 means that a command has failed.
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Pending => 2,
            Self::Findings => 3,
            Self::Mismatch => 4,
        }
    }
}

/// Runs a command.
///
/// # Errors
///
/// Fails when a file cannot be read or written, the database cannot be used, or a migration fails.
pub(crate) fn migrate(options: &MigrateOptions) -> Result<ExitCode> {
    let MigrateOptions {
        action,
        folder,
        target,
        output,
    } = options;
    let outcome = match action {
        Action::New(name) => folder::create(folder, name, folder::TEMPLATE, *output)?,
        Action::Diff { name, source } => diff::run(folder, source, name, *output)?,
        Action::Status => status::run(folder, target, *output)?,
        Action::Up => up::run(folder, target, *output)?,
        Action::Plan => plan::run(folder, target, *output)?,
        Action::Seed(file) => seed::run(folder, target, file, *output)?,
        Action::Check => check::run(folder, *output)?,
        Action::Squash => squash::run(folder, *output)?,
        Action::Explain(rule) => lint::explain(rule, *output)?,
    };
    Ok(ExitCode::from(outcome.code()))
}

/// Prints why the files do not match the database.
fn mismatch(error: &LedgerError, output: Output) -> Result<Outcome> {
    let mismatch = error.to_string();
    print(output, &json!({"mismatch": mismatch}), || {
        format!("error: {mismatch}\n")
    })?;
    Ok(Outcome::Mismatch)
}

/// Prints a result: as text, or as one JSON object.
fn print(output: Output, json: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    match output {
        Output::Text => print!("{}", text()),
        Output::Json => println!("{}", serde_json::to_string_pretty(json)?),
    }
    Ok(())
}
