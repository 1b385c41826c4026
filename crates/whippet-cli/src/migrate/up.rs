//! `whippet migrate up`.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use super::args::Output;
use super::status::Comparison;
use super::target::Target;
use super::{Outcome, mismatch, print};

pub(super) fn run(folder: &Path, target: &Target, output: Output) -> Result<Outcome> {
    let comparison = Comparison::read(folder, target)?;
    let ledger = match &comparison.ledger {
        Ok(ledger) => ledger,
        Err(error) => return mismatch(error, output),
    };
    target.record(&comparison.at(&ledger.unrecorded))?;
    let pending = comparison.at(&ledger.pending);
    let mut names = Vec::new();
    let mut started = Instant::now();
    if !pending.is_empty() {
        let mut applied = |migration: &super::folder::Migration| {
            if output == Output::Text {
                let ms = started.elapsed().as_millis();
                println!("applied {} ({ms} ms)", migration.name);
            }
            names.push(migration.name.clone());
            started = Instant::now();
        };
        target.apply(folder, &pending, &mut applied)?;
    }
    let count = names.len();
    print(output, &json!({"applied": names}), || match count {
        0 => format!("{target} has all migrations\n"),
        _ => String::new(),
    })?;
    Ok(Outcome::Done)
}
