//! `whippet migrate seed`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use whippet_migrations::statements;

use super::args::Output;
use super::status::Comparison;
use super::target::Target;
use super::{Outcome, mismatch, print};

/// Runs the SQL of a file in one transaction. The file inserts data for development or for a first start.
///
/// # Errors
///
/// Fails when a statement fails. Also fails when a migration is pending, because the file may use the tables of the
/// migration.
pub(super) fn run(folder: &Path, target: &Target, file: &Path, output: Output) -> Result<Outcome> {
    let sql =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let comparison = Comparison::read(folder, target)?;
    let ledger = match &comparison.ledger {
        Ok(ledger) => ledger,
        Err(error) => return mismatch(error, output),
    };
    ensure!(
        ledger.pending.is_empty(),
        "{target} lacks the migration {}; run `whippet migrate up` first",
        comparison.files[ledger.pending[0]].name
    );
    target.run(file, &sql)?;
    let count = statements(&sql).count();
    let name = file.display().to_string();
    print(
        output,
        &json!({"seeded": name, "statements": count}),
        || format!("ran {count} statements of {name}\n"),
    )?;
    Ok(Outcome::Done)
}
