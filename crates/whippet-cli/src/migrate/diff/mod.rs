//! `whippet migrate diff`: drafts a migration from the records of a program.
//!
//! - `files`, `source`, `attribute`, `types`: the records, from the source of the program.
//! - `database`: the schema that the migrations create.
//! - `compare`, `order`, `column`, `indexes`: the differences.
//! - `statements`, `rebuild`, `definition`, `column_text`: the SQL.

mod attribute;
mod column;
mod column_text;
mod compare;
mod database;
mod definition;
mod files;
mod indexes;
mod model;
mod order;
mod rebuild;
mod source;
mod statements;
mod types;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::json;

pub(super) use self::statements::name;
use super::args::Output;
use super::{Outcome, folder, print};

/// Writes the draft of the next migration file, if the records differ from the schema.
///
/// # Errors
///
/// Fails when the source or the migrations cannot be read, when no record is found, or when a difference cannot be
/// drafted.
pub(super) fn run(migrations: &Path, source: &Path, name: &str, output: Output) -> Result<Outcome> {
    let records = source::records(source, migrations)?;
    ensure!(
        !records.is_empty(),
        "the Rust files in {} have no `#[derive(Record)]`; pass the folder of the source with --source",
        source.display()
    );
    let connection = Connection::open_in_memory()?;
    if migrations.exists() {
        for migration in folder::read(migrations)? {
            connection
                .execute_batch(&migration.sql)
                .with_context(|| format!("{} fails", migration.name))?;
        }
    }
    let statements = compare::draft(&connection, &records)?;
    if statements.is_empty() {
        print(output, &json!({"created": null}), || {
            "nothing to draft: the migrations already create the tables of all records\n".to_owned()
        })?;
        return Ok(Outcome::Done);
    }
    let sql = format!("{HEADER}{}\n", statements.join("\n"));
    folder::create(migrations, name, &sql, output)
}

/// The first lines of a draft.
const HEADER: &str = "\
-- A draft, which `whippet migrate diff` wrote from the records of the program. Read it before you apply it.
";
