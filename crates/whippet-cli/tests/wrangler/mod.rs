//! Runs wrangler and `whippet` in a folder with a local D1.

use std::path::Path;
use std::process::{Command, Output};

/// The configuration of a Worker with a D1 database.
pub(crate) const CONFIG: &str = r#"
name = "app"
compatibility_date = "2026-01-01"
[[d1_databases]]
binding = "DB"
database_name = "app"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = "migrations"
"#;

/// Runs a program to its end.
pub(crate) fn run<'a>(
    program: &str,
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("CI", "1")
        .env("WRANGLER", "wrangler")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", folder.join("logs"))
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; `make test` installs wrangler"))
}
