//! Tests `whippet migrate diff` with filled databases.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

/// Tables that refer to each other, with triggers, views and indexes.
const TABLES: &str = include_str!("samples/diff/tables.sql");
const ROWS: &str = include_str!("samples/diff/rows.sql");
/// The records of these tables.
const RECORDS: &str = include_str!("samples/diff/records.rs");

struct Project(tempfile::TempDir);

impl Project {
    /// Creates a project whose records are those of the tables, with `change` in place of `line`.
    fn new(line: &str, change: &str) -> Self {
        assert!(RECORDS.contains(line), "{line}");
        let this = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["migrations", "src/models"] {
            fs::create_dir_all(this.path().join(folder)).expect("a folder");
        }
        this.write("migrations/0001_tables.sql", TABLES);
        this.write("src/lib.rs", "mod models;");
        this.write("src/models/mod.rs", &RECORDS.replace(line, change));
        this
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("a file");
    }

    fn migrate(&self, arguments: &str) -> (Option<i32>, String) {
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

    fn draft(&self) -> String {
        fs::read_to_string(self.path().join("migrations/0002_records.sql")).expect("a draft")
    }

    fn database(&self) -> Connection {
        Connection::open(self.path().join("app.db")).expect("a database")
    }
}

/// Returns the values of a query, each row as one text.
fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).expect("valid SQL");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

/// All rows that no case changes.
const KEPT: [&str; 6] = [
    "select id || name from teams order by 1",
    "select id || ifnull(manager_id, '-') from users order by 1",
    "select rowid || id || user_id || title || length from posts order by 1",
    "select post_id || ifnull(user_id, '-') from likes order by 1",
    "select text from history order by rowid",
    "select seq from (select 'users' || seq as seq from sqlite_sequence where name = 'users')",
];

const OBJECTS: &str =
    "select type || ' ' || name from sqlite_master where type in ('trigger', 'view') or
    (type = 'index' and sql is not null) order by 1";

#[test]
fn a_draft_keeps_every_row_of_the_table_and_of_the_tables_that_refer_to_it() {
    // The line of the record, the changed line, whether the table is rebuilt, and a query of the result.
    let cases = [
        (
            "name: Option<String>,",
            "name: Option<String>, email: Option<String>,",
            false,
            "select count(*) || '' from users where email is null",
            "4",
        ),
        (
            "name: Option<String>,",
            "name: Option<String>, #[record(default = \"'x'\")] email: String,",
            false,
            "select group_concat(email) from (select * from users order by id)",
            "x,x,x,x",
        ),
        (
            "name: Option<String>,",
            "name: Option<String>, email: String,",
            true,
            "select group_concat(email) || '.' from (select * from users order by id)",
            ",,,.",
        ),
        (
            "name: Option<String>,",
            "name: Option<String>, #[record(default = \"lower('X')\")] email: String,",
            true,
            "select group_concat(email) from (select * from users order by id)",
            "x,x,x,x",
        ),
        (
            "name: Option<String>,",
            "name: Option<String>, #[record(generated = \"age * 2\")] double: i64,",
            false,
            "select group_concat(double) from (select * from users order by id)",
            "72,14,0,2",
        ),
        (
            "name: Option<String>,",
            "name: String,",
            true,
            "select group_concat(name) || '.' from (select * from users order by id)",
            "Ada,Bob,,Ada.",
        ),
        (
            "age: i64,",
            "age: Option<i64>,",
            true,
            "select group_concat(age) from (select * from users order by id)",
            "36,7,0,1",
        ),
        (
            "age: i64,",
            "age: String,",
            true,
            "select group_concat(typeof(age) || age) from (select * from users order by id)",
            "text36,text7,text0,text1",
        ),
        (
            "age: i64,",
            "age: f64,",
            true,
            "select group_concat(typeof(age) || age) from (select * from users order by id)",
            "real36.0,real7.0,real0.0,real1.0",
        ),
        (
            "age: i64,",
            "",
            true,
            "select count(*) || '' from pragma_table_info('users') where name = 'age'",
            "0",
        ),
        (
            "level: u8,",
            "#[record(default = \"2\")] level: u8,",
            true,
            "select dflt_value from pragma_table_info('users') where name = 'level'",
            "2",
        ),
        (
            "level: u8,",
            "#[record(index)] level: u8,",
            false,
            "select name from sqlite_master where name = 'users_level'",
            "users_level",
        ),
        (
            "#[record(table = \"users\")]",
            "#[record(table = \"users\", unique(name, id))]",
            false,
            "select name from sqlite_master where name = 'users_name_id'",
            "users_name_id",
        ),
        (
            "team_id: Option<i64>,",
            "#[record(parent = Team, on_delete = \"set null\")] team_id: Option<i64>,",
            true,
            "select \"table\" || on_delete from pragma_foreign_key_list('users') where \"from\" = 'team_id'",
            "teamsSET NULL",
        ),
        (
            "title: String,",
            "title: Option<String>,",
            true,
            "select count(*) || '' from posts",
            "3",
        ),
    ];
    for (line, change, is_rebuilt, result, expected) in cases {
        let project = Project::new(line, change);
        let up = project.migrate("up");
        assert_eq!(up.0, Some(0), "{}", up.1);
        project.database().execute_batch(ROWS).expect("rows");
        let before = KEPT.map(|sql| rows(&project.database(), sql));
        let objects = rows(&project.database(), OBJECTS);

        let (code, text) = project.migrate("diff");
        assert_eq!(code, Some(0), "{change}: {text}");
        let draft = project.draft();
        assert_eq!(
            draft.contains("drop table users;") || draft.contains("drop table posts;"),
            is_rebuilt,
            "{draft}"
        );
        let (code, text) = project.migrate("check");
        assert!(code == Some(0), "{change}: {text}\n{draft}");
        let (code, text) = project.migrate("up");
        assert_eq!(code, Some(0), "{change}: {text}\n{draft}");

        let database = project.database();
        assert_eq!(KEPT.map(|sql| rows(&database, sql)), before, "{draft}");
        assert_eq!(rows(&database, result), [expected], "{draft}");
        let after = rows(&database, OBJECTS);
        assert!(
            objects.iter().all(|object| after.contains(object)),
            "{after:?}\n{draft}"
        );
        assert_eq!(
            rows(&database, "select \"table\" from pragma_foreign_key_check"),
            [""; 0],
            "{draft}"
        );
        assert_eq!(
            rows(&database, "select name || '' from first_names limit 1").len(),
            1
        );
        let broken = rows(&database, "select * from pragma_integrity_check");
        assert_eq!(broken, ["ok"], "{draft}");
        // Nothing is left to draft.
        let (code, text) = project.migrate("diff more");
        assert!(
            code == Some(0) && text.contains("create the tables of all records"),
            "{text}\n{draft}"
        );
    }
}

#[test]
fn the_tables_of_new_records_are_created() {
    let project = Project::new("age: i64,", "age: i64,");
    fs::remove_file(project.path().join("migrations/0001_tables.sql")).expect("a file");
    let (code, text) = project.migrate("diff");
    assert!(
        code == Some(0) && text.contains("created migrations/0001_records.sql"),
        "{text}"
    );
    let draft =
        fs::read_to_string(project.path().join("migrations/0001_records.sql")).expect("a draft");
    assert_eq!(draft, include_str!("samples/diff/created.sql"));
    assert_eq!(project.migrate("check").0, Some(0));
    assert_eq!(project.migrate("up").0, Some(0));
    let (_, text) = project.migrate("diff");
    assert!(text.contains("create the tables of all records"), "{text}");
}

#[test]
fn what_cannot_be_drafted_is_an_error_that_names_the_field() {
    for (line, change, expected) in [
        (
            "age: i64,",
            "age: Years,",
            "the record User in src/models/mod.rs: the SQL type of the field `age` is not known",
        ),
        (
            "age: i64,",
            "age: i64, #[record(default)] at: i64,",
            "the default of the new column `at` is missing",
        ),
        (
            "age: i64,",
            "age: i64, #[record(generated)] at: i64,",
            "the expression of the new column `at` is missing",
        ),
        (
            "age: i64,",
            "age: i64, #[record(parent = Nobody)] n: i64,",
            "the parent `Nobody` is not a record of this program",
        ),
        (
            "level: u8,",
            "#[record(key)] level: u8,",
            "the primary key of the table `users` is id, and `diff` changes no primary key",
        ),
        (
            "#[record(table = \"users\")]",
            "#[record(table = \"users\", index(nam))]",
            "an index names the unknown field `nam`",
        ),
    ] {
        let (code, text) = Project::new(line, change).migrate("diff");
        assert!(code == Some(1) && text.contains(expected), "{text}");
    }
    let project = Project::new("age: i64,", "age: i64,");
    let (code, text) = project.migrate("diff --source migrations");
    assert!(
        code == Some(1) && text.contains("have no `#[derive(Record)]`"),
        "{text}"
    );
}
