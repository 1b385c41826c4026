//! `whippet migrate status`.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use whippet_migrations::{Applied, File, Ledger, LedgerError, compare, is_unchanged, squashed};

use super::args::Output;
use super::folder::{self, Migration};
use super::target::Target;
use super::{Outcome, print};

/// The migration files, and what the database has recorded about them.
pub(super) struct Comparison {
    pub(super) files: Vec<Migration>,
    pub(super) applied: Vec<Applied>,
    pub(super) ledger: Result<Ledger, LedgerError>,
}

impl Comparison {
    /// Reads the folder and the database, and compares them.
    pub(super) fn read(folder: &Path, target: &Target) -> Result<Self> {
        let files = folder::read(folder)?;
        let applied = target.applied()?;
        let compared: Vec<File<'_>> = files.iter().map(Migration::file).collect();
        let ledger = compare(&compared, &applied);
        Ok(Self {
            files,
            applied,
            ledger,
        })
    }

    /// Returns the files at these positions.
    pub(super) fn at(&self, positions: &[usize]) -> Vec<&Migration> {
        positions.iter().map(|at| &self.files[*at]).collect()
    }
}

#[derive(Serialize)]
struct Report<'a> {
    database: String,
    migrations: Vec<Row<'a>>,
    pending: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    state: &'static str,
}

pub(super) fn run(folder: &Path, target: &Target, output: Output) -> Result<Outcome> {
    let comparison = Comparison::read(folder, target)?;
    let migrations = rows(&comparison);
    let pending = migrations
        .iter()
        .filter(|row| row.state == "pending")
        .count();
    let mismatch = comparison.ledger.as_ref().err().map(ToString::to_string);
    let outcome = match (&mismatch, pending) {
        (Some(_), _) => Outcome::Mismatch,
        (None, 0) => Outcome::Done,
        (None, _) => Outcome::Pending,
    };
    let report = Report {
        database: target.to_string(),
        migrations,
        pending,
        mismatch,
    };
    print(output, &report, || text(&report))?;
    Ok(outcome)
}

/// Returns a row for each file, and for each applied migration that has no file.
fn rows(comparison: &Comparison) -> Vec<Row<'_>> {
    let applied = |name: &str| {
        comparison
            .applied
            .iter()
            .find(|applied| applied.name == name)
    };
    let files = comparison.files.iter().map(|file| Row {
        name: &file.name,
        state: match applied(&file.name).map(|applied| &applied.checksum) {
            None => "pending",
            Some(None) => "applied, checksum not recorded",
            Some(Some(recorded)) if is_unchanged(&file.sql, recorded) => "applied",
            Some(Some(_)) => "edited after it was applied",
        },
    });
    let is_newer = |applied: &&Applied| {
        comparison
            .files
            .iter()
            .all(|file| file.name != applied.name)
    };
    let first = comparison.files.first();
    let squashed = first.filter(|file| squashed(&file.sql).is_some());
    let newer = comparison
        .applied
        .iter()
        .filter(is_newer)
        .map(|applied| Row {
            name: &applied.name,
            state: match squashed {
                Some(file) if applied.name < file.name => "applied, squashed",
                _ => "applied, but its file is missing",
            },
        });
    files.chain(newer).collect()
}

fn text(report: &Report<'_>) -> String {
    let mut text = format!("{}\n", report.database);
    let width = report
        .migrations
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0);
    for Row { name, state } in &report.migrations {
        // Writing to a string cannot fail.
        writeln!(text, "  {name:width$}  {state}").ok();
    }
    if let Some(mismatch) = &report.mismatch {
        writeln!(text, "error: {mismatch}").ok();
    }
    match report.pending {
        0 => text.push_str("no migration is pending\n"),
        1 => text.push_str("1 migration is pending\n"),
        count => drop(writeln!(text, "{count} migrations are pending")),
    }
    text
}
