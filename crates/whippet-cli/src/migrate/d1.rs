//! Runs wrangler to read and apply the migrations of a D1 database.

use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use whippet_migrations::{
    APPLIED, APPLIED_WITHOUT_COMPANION, Applied, COMPANION, checksum, only_adds,
};

use super::folder::Migration;
use super::target::Target;

/// One result of `wrangler d1 execute --json`.
#[derive(Deserialize)]
struct QueryResult<T> {
    results: Vec<T>,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    checksum: Option<String>,
    only_adds: Option<u8>,
}

/// Reads the ledger.
pub(super) fn applied(target: &Target) -> Result<Vec<Applied>> {
    let tables =
        "select name from sqlite_master where name in ('d1_migrations', 'whippet_migrations')";
    let tables: Vec<Name> = query(target, tables)?;
    let has = |name: &str| tables.iter().any(|table| table.name == name);
    if !has("d1_migrations") {
        return Ok(Vec::new());
    }
    let sql = if has("whippet_migrations") {
        APPLIED
    } else {
        APPLIED_WITHOUT_COMPANION
    };
    let rows: Vec<Row> = query(target, sql)?;
    let applied = |row: Row| Applied {
        name: row.name,
        checksum: row.checksum,
        only_adds: row.only_adds.map(|only_adds| only_adds == 1),
    };
    Ok(rows.into_iter().map(applied).collect())
}

/// Records the checksums of applied migrations.
pub(super) fn record(target: &Target, migrations: &[&Migration]) -> Result<()> {
    let mut sql = format!("{};", COMPANION.replace('\n', " "));
    for Migration { name, sql: text } in migrations {
        // A checksum never contains quotes.
        let name = name.replace('\'', "''");
        let (checksum, only_adds) = (checksum(text), u8::from(only_adds(text)));
        write!(
            sql,
            " insert or ignore into whippet_migrations (name, checksum, only_adds) values ('{name}', '{checksum}', {only_adds});"
        )?;
    }
    execute(target, &sql).map(drop)
}

/// Applies the pending migrations with `wrangler d1 migrations apply`, and records their checksums.
///
/// # Errors
///
/// Fails when wrangler fails. wrangler applies each migration and adds it to the ledger in one transaction. So the
/// migrations before the failed one stay applied.
pub(super) fn apply(target: &Target, folder: &Path, pending: &[&Migration]) -> Result<()> {
    let output = wrangler(target, &["migrations", "apply"], &[])?;
    let now: Vec<String> = applied(target)?
        .into_iter()
        .map(|applied| applied.name)
        .collect();
    let done = pending
        .iter()
        .filter(|migration| now.contains(&migration.name));
    let done: Vec<&Migration> = done.copied().collect();
    if !done.is_empty() {
        record(target, &done)?;
    }
    let Some(failed) = pending
        .iter()
        .find(|migration| !now.contains(&migration.name))
    else {
        return Ok(());
    };
    let path = folder.join(&failed.name);
    ensure!(
        output.status.success(),
        "{}: wrangler could not apply the migration; {} of {} migrations were applied:\n{}",
        path.display(),
        done.len(),
        pending.len(),
        text(&output)
    );
    bail!(
        "wrangler did not apply {}; check that `migrations_dir` in wrangler's configuration is {}",
        failed.name,
        folder.display()
    )
}

/// Runs the SQL of a file through wrangler, as one batch.
pub(super) fn run_file(target: &Target, file: &Path) -> Result<()> {
    let path = file.display().to_string();
    let output = wrangler(target, &["execute"], &["--yes", "--file", &path])?;
    ensure!(
        output.status.success(),
        "{path}: wrangler could not run the file:\n{}",
        text(&output)
    );
    Ok(())
}

fn query<T: for<'de> Deserialize<'de>>(target: &Target, sql: &str) -> Result<Vec<T>> {
    let output = execute(target, sql)?;
    let results: Vec<QueryResult<T>> =
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "wrangler's output is not the expected JSON:\n{}",
                text(&output)
            )
        })?;
    Ok(results
        .into_iter()
        .flat_map(|result| result.results)
        .collect())
}

fn execute(target: &Target, sql: &str) -> Result<Output> {
    let output = wrangler(target, &["execute"], &["--json", "--yes", "--command", sql])?;
    ensure!(
        output.status.success(),
        "wrangler could not run SQL on {target}:\n{}",
        text(&output)
    );
    Ok(output)
}

/// Runs `wrangler d1 <command> <database> <arguments>`, without prompts.
fn wrangler(target: &Target, command: &[&str], arguments: &[&str]) -> Result<Output> {
    let Target::D1 {
        name,
        remote,
        persist_to,
    } = target
    else {
        bail!("{target} is not a D1 database");
    };
    let program = program();
    let mut process = Command::new(&program);
    process.arg("d1").args(command).arg(name).args(arguments);
    process.arg(if *remote { "--remote" } else { "--local" });
    if let Some(folder) = persist_to {
        process.arg("--persist-to").arg(folder);
    }
    // If `CI` is set, wrangler does not ask for confirmation.
    process.env("CI", "1").env("WRANGLER_SEND_METRICS", "false");
    process.output().with_context(|| {
        format!(
            "cannot start {}; install wrangler with `npm install --save-dev wrangler`, or set WRANGLER to its path",
            program.display()
        )
    })
}

/// Finds wrangler: in `WRANGLER`, then in `node_modules` of the current directory and its ancestors, then on `PATH`.
fn program() -> PathBuf {
    if let Some(path) = env::var_os("WRANGLER").filter(|path: &OsString| !path.is_empty()) {
        return path.into();
    }
    let current = env::current_dir().unwrap_or_default();
    let installed = current
        .ancestors()
        .map(|folder| folder.join("node_modules/.bin/wrangler"));
    installed
        .into_iter()
        .find(|path| path.is_file())
        .unwrap_or_else(|| "wrangler".into())
}

fn text(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).trim().to_owned()
}
