//! The folder of the migration files.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use whippet_migrations::{File, check_names, squashed};

use super::args::Output;
use super::{Outcome, print};

/// A migration file.
#[derive(Debug, Clone)]
pub(super) struct Migration {
    /// The file's name.
    pub(super) name: String,
    /// The file's SQL.
    pub(super) sql: String,
}

impl Migration {
    pub(super) fn file(&self) -> File<'_> {
        File {
            name: &self.name,
            sql: &self.sql,
        }
    }
}

/// Reads the migration files of a folder, in the order of their numbers.
///
/// # Errors
///
/// Fails when the folder or a file cannot be read, or the name of a file is not valid. The error lists all names that
/// are not valid.
pub(super) fn read(folder: &Path) -> Result<Vec<Migration>> {
    let read = |name| {
        let path = folder.join(&name);
        let sql =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Migration { name, sql })
    };
    let files: Vec<_> = names(folder)?
        .into_iter()
        .map(read)
        .collect::<Result<_>>()?;
    let first = files.first();
    let is_squashed = first.is_some_and(|file| squashed(&file.sql).is_some());
    let mistakes = check_names(files.iter().map(|file| &*file.name), is_squashed);
    ensure!(
        mistakes.is_empty(),
        "the names of the files in {} are not valid: {}",
        folder.display(),
        mistakes.join("; ")
    );
    Ok(files)
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!(
            "cannot read the folder {}; pass the folder of the migrations with --dir",
            folder.display()
        )
    })?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Creates the next migration file with this SQL. If the folder does not exist, creates the folder first.
pub(super) fn create(folder: &Path, name: &str, sql: &str, output: Output) -> Result<Outcome> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    ensure!(
        !name.is_empty() && name.bytes().all(is_valid),
        "`{name}` is not a valid name; use letters, digits, `_` and `-`"
    );
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let files = read(folder)?;
    // The names are valid, so they start with a number.
    let last = files.last().and_then(|file| file.name.get(..4));
    let number = last.map_or(0, |number| number.parse().unwrap_or(0)) + 1;
    if number > 9999 {
        bail!("the folder already has 9999 migrations, which is the maximum");
    }
    let path = folder.join(format!("{number:04}_{name}.sql"));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(sql.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    let path = path.display().to_string();
    print(output, &json!({"created": path}), || {
        format!("created {path}\n")
    })?;
    Ok(Outcome::Done)
}

/// The contents of a new migration file.
pub(super) const TEMPLATE: &str = "\
-- Applied once, in one transaction. Forward only: to undo it, write another migration.
-- `whippet migrate check` lints it; `-- whippet: allow W001 <reason>` allows a finding of a rule.
";
