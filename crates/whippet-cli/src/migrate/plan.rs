//! `whippet migrate plan`.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::json;
use whippet_migrations::{only_adds, statements};

use super::args::Output;
use super::check::{findings_text, outcome};
use super::lint::{self, Finding};
use super::status::Comparison;
use super::target::Target;
use super::{Outcome, mismatch, print};

pub(super) fn run(folder: &Path, target: &Target, output: Output) -> Result<Outcome> {
    let comparison = Comparison::read(folder, target)?;
    let ledger = match &comparison.ledger {
        Ok(ledger) => ledger,
        Err(error) => return mismatch(error, output),
    };
    let pending = comparison.at(&ledger.pending);
    let is_pending = |finding: &Finding| pending.iter().any(|file| file.name == finding.file);
    let mut findings = lint::lint(&comparison.files)?;
    findings.retain(is_pending);
    let migrations = pending.iter().map(|migration| {
        let statements: Vec<_> = statements(&migration.sql)
            .map(|statement| statement.sql)
            .collect();
        json!({
            "name": migration.name,
            "compatible": only_adds(&migration.sql),
            "statements": statements,
        })
    });
    let json = json!({
        "database": target.to_string(),
        "migrations": migrations.collect::<Vec<_>>(),
        "findings": findings,
    });
    print(output, &json, || {
        let mut text = String::new();
        for migration in &pending {
            let effect = if only_adds(&migration.sql) {
                "only adds: the running program keeps working"
            } else {
                "changes the schema: the running program may fail until it is replaced"
            };
            // Writing to a string cannot fail.
            writeln!(text, "-- {}: {effect}", migration.name).ok();
            for statement in statements(&migration.sql) {
                writeln!(text, "{}\n", statement.sql).ok();
            }
        }
        if pending.is_empty() {
            writeln!(text, "{target} has all migrations").ok();
        }
        text + &findings_text(folder, &findings)
    })?;
    Ok(match outcome(&findings) {
        Outcome::Done if !pending.is_empty() => Outcome::Pending,
        outcome => outcome,
    })
}
