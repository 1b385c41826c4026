//! Creates projects with migrations and records, and runs `whippet migrate diff` in these projects.

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

/// Tables that refer to each other, with triggers, views and indexes.
pub(crate) const TABLES: &str = include_str!("../samples/diff/tables.sql");
pub(crate) const ROWS: &str = include_str!("../samples/diff/rows.sql");
/// The records of these tables.
pub(crate) const RECORDS: &str = include_str!("../samples/diff/records.rs");

pub(crate) struct Project(pub(crate) tempfile::TempDir);

impl Project {
    /// Creates a project with the tables and their records. In the records, `change` replaces `line`.
    pub(crate) fn new(line: &str, change: &str) -> Self {
        assert!(RECORDS.contains(line), "{line}");
        Self::of(TABLES, &RECORDS.replace(line, change))
    }

    /// Creates a project with a migration and records.
    pub(crate) fn of(tables: &str, records: &str) -> Self {
        let this = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["migrations", "src/models"] {
            fs::create_dir_all(this.path().join(folder)).expect("a folder");
        }
        this.write("migrations/0001_tables.sql", tables);
        this.write("src/lib.rs", "mod models;");
        this.write("src/models/mod.rs", records);
        this
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("a file");
    }

    pub(crate) fn migrate(&self, arguments: &str) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_whippet"))
            .arg("migrate")
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("DATABASE")
            .output()
            .expect("whippet runs");
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.code(), text)
    }

    pub(crate) fn draft(&self) -> String {
        fs::read_to_string(self.path().join("migrations/0002_records.sql")).expect("a draft")
    }

    pub(crate) fn database(&self) -> Connection {
        Connection::open(self.path().join("app.db")).expect("a database")
    }
}

/// Runs a query that selects one text per row, and returns these texts.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).expect("valid SQL");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

/// These queries select values that no test case changes.
pub(crate) const KEPT: [&str; 6] = [
    "select id || name from teams order by 1",
    "select id || ifnull(manager_id, '-') from users order by 1",
    "select rowid || id || user_id || title || length from posts order by 1",
    "select post_id || ifnull(user_id, '-') from likes order by 1",
    "select text from history order by rowid",
    "select seq from (select 'users' || seq as seq from sqlite_sequence where name = 'users')",
];

pub(crate) const OBJECTS: &str =
    "select type || ' ' || name from sqlite_master where type in ('trigger', 'view') or
    (type = 'index' and sql is not null) order by 1";

/// Creates a project whose database has the tables and the rows. Drafts and applies a migration that makes the tables
/// match the records. Returns the draft and the project.
pub(crate) fn applied(tables: &str, rows: &str, records: &str) -> (String, Project) {
    let project = Project::of(tables, records);
    let up = project.migrate("up");
    assert_eq!(up.0, Some(0), "{}", up.1);
    project.database().execute_batch(rows).expect("rows");
    let (code, text) = project.migrate("diff");
    assert_eq!(code, Some(0), "{text}");
    let draft = project.draft();
    for command in ["check", "up"] {
        let (code, text) = project.migrate(command);
        assert_eq!(code, Some(0), "{text}\n{draft}");
    }
    let (_, text) = project.migrate("diff more");
    assert!(
        text.contains("create the tables of all records"),
        "{text}\n{draft}"
    );
    (draft, project)
}

/// Returns what `diff` prints.
pub(crate) fn difference(tables: &str, records: &str) -> String {
    Project::of(tables, records).migrate("diff").1
}
