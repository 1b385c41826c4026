//! Tests `whippet migrate` with SQLite files, and with a local D1 through wrangler.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;
use serde_json::{Value, json};

const USERS: &str =
    "create table users (id text primary key not null, name text not null) strict;\n";
const POSTS: &str = "create table posts (id text primary key not null,
    user_id text not null references users (id) on delete cascade) strict;
create index posts_user on posts (user_id);\n";

/// A folder with migrations.
struct Project(tempfile::TempDir);

impl Project {
    fn new(files: &[&str]) -> Self {
        let this = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(this.path().join("migrations")).expect("a folder");
        for (number, sql) in (1..).zip(files) {
            this.write(&format!("migrations/{number:04}_m.sql"), sql);
        }
        this
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, contents: &str) {
        fs::write(self.path().join(name), contents).expect("a file");
    }

    fn run(&self, arguments: &str) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_whippet"))
            .arg("migrate")
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("DATABASE")
            .env("WRANGLER_LOG_PATH", self.path().join("logs"))
            .output()
            .expect("whippet runs");
        (output.status.code(), text(&output))
    }

    /// Runs a command with `--json`.
    fn json(&self, arguments: &str) -> (Option<i32>, Value) {
        let (code, text) = self.run(&format!("{arguments} --json"));
        let json = serde_json::from_str(&text);
        (code, json.unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    fn names(&self, sql: &str) -> Vec<String> {
        let connection = Connection::open(self.path().join("app.db")).expect("a database");
        let mut statement = connection.prepare(sql).expect("valid SQL");
        let names = statement.query_map([], |row| row.get(0)).expect("rows");
        names.collect::<Result<_, _>>().expect("names")
    }
}

fn text(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn new_creates_the_next_file_and_check_accepts_it() {
    let project = Project::new(&[USERS]);
    let (code, text) = project.run("new posts");
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "created migrations/0002_posts.sql\n")
    );
    project.write("migrations/0002_posts.sql", POSTS);
    assert_eq!(project.run("check").0, Some(0));
    assert_eq!(project.run("new 2").1, "created migrations/0003_2.sql\n");
    let (code, text) = project.run("new ../x");
    assert!(
        code == Some(1) && text.contains("is not a valid name"),
        "{text}"
    );
    let empty = Project(tempfile::tempdir().expect("a folder"));
    assert_eq!(
        empty.run("new first --dir db/migrations").1,
        "created db/migrations/0001_first.sql\n"
    );
}

#[test]
fn check_reports_findings_names_and_sql_errors() {
    let project = Project::new(&[USERS, POSTS, "\ndrop table users;\n", "-- fine\n"]);
    let (code, report) = project.json("check");
    assert_eq!(code, Some(3));
    let found: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            (
                finding["rule"].as_str(),
                finding["file"].as_str(),
                finding["line"].as_u64(),
            )
        })
        .collect();
    let file = Some("0003_m.sql");
    assert_eq!(
        found,
        [(Some("W001"), file, Some(2)), (Some("W008"), file, Some(2))]
    );
    let (_, text) = project.run("check");
    assert!(
        text.contains("migrations/0003_m.sql:2: error W001: dropping the table users"),
        "{text}"
    );
    assert_eq!(project.run("explain w001").0, Some(0));
    assert_eq!(project.run("explain W999").0, Some(1));

    project.write("migrations/0003_m.sql", "select 1;\ncreate tabel t (x);\n");
    let (code, text) = project.run("check");
    assert!(
        code == Some(3) && text.contains("0003_m.sql:2: error SQL: near \"tabel\""),
        "{text}"
    );
    project.write("migrations/0003_other.sql", "");
    project.write("migrations/x.sql", "");
    let (code, text) = project.run("check");
    assert_eq!(code, Some(1));
    for part in [
        "0003_other.sql must have the number 0004",
        "x.sql must be named like",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn status_plan_and_up_work_on_a_file() {
    let project = Project::new(&[USERS, POSTS]);
    let (code, report) = project.json("status");
    assert_eq!((code, &report["pending"]), (Some(2), &json!(2)));
    assert!(
        !project.path().join("app.db").exists(),
        "status creates no file"
    );
    let (code, plan) = project.json("plan");
    assert_eq!(
        (code, &plan["migrations"][1]["compatible"]),
        (Some(2), &json!(true))
    );
    assert_eq!(
        plan["migrations"][1]["statements"].as_array().map(Vec::len),
        Some(2)
    );

    let (code, report) = project.json("up");
    assert_eq!(
        (code, report),
        (Some(0), json!({"applied": ["0001_m.sql", "0002_m.sql"]}))
    );
    assert_eq!(
        project.names("select name from d1_migrations order by id"),
        ["0001_m.sql", "0002_m.sql"]
    );
    assert_eq!(project.json("up"), (Some(0), json!({"applied": []})));
    assert_eq!(project.run("status").0, Some(0));
    assert_eq!(project.run("plan").0, Some(0));

    project.write("migrations/0003_m.sql", "delete from users;");
    let (code, text) = project.run("plan");
    assert!(
        code == Some(2) && text.contains("0003_m.sql:1: warning W013"),
        "{text}"
    );
    let (code, text) = project.run("up");
    assert!(
        code == Some(0) && text.contains("applied 0003_m.sql ("),
        "{text}"
    );
}

#[test]
fn seed_runs_a_file_in_one_transaction_once_all_migrations_are_applied() {
    let project = Project::new(&[USERS]);
    project.write("seeds.sql", "insert or ignore into users values ('a', 'Ada');\ninsert or ignore into users values ('b', 'Bob');");
    let (code, text) = project.run("seed");
    assert!(
        code == Some(1) && text.contains("lacks the migration 0001_m.sql"),
        "{text}"
    );
    assert_eq!(project.run("up").0, Some(0));
    for _ in 0..2 {
        let expected = (Some(0), json!({"seeded": "seeds.sql", "statements": 2}));
        assert_eq!(project.json("seed"), expected);
    }
    assert_eq!(project.names("select name from users"), ["Ada", "Bob"]);
    project.write(
        "more.sql",
        "delete from users;\n\ninsert into users values ('c', null);",
    );
    let (code, text) = project.run("seed more.sql");
    let reason =
        "more.sql:3: NOT NULL constraint failed: users.name; nothing of this file was applied";
    assert!(code == Some(1) && text.contains(reason), "{text}");
    assert_eq!(project.names("select name from users"), ["Ada", "Bob"]);
}

#[cfg(unix)]
#[test]
fn up_creates_a_file_that_only_the_user_can_read() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new(&[USERS]);
    assert_eq!(project.run("up --database new.db").0, Some(0));
    let file = fs::metadata(project.path().join("new.db")).expect("a file");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_migration_that_fails_changes_nothing_and_the_error_names_the_file_and_line() {
    let broken = "create table a (x) strict;\n\n-- why\ninsert into\n nowhere values (1);\ncreate table b (x);";
    let project = Project::new(&[USERS, "create table t (x text) strict;", broken]);
    let (code, text) = project.run("up");
    assert_eq!(code, Some(1));
    let reason = "error: migrations/0003_m.sql:1: missing datatype for a.x";
    assert!(text.contains(reason), "{text}");
    project.write(
        "migrations/0003_m.sql",
        &broken.replace("(x) strict", "(x)"),
    );
    let (code, text) = project.run("up");
    let reason = "error: migrations/0003_m.sql:4: no such table: nowhere";
    assert!(code == Some(1) && text.contains(reason), "{text}");
    assert_eq!(
        project.names("select name from d1_migrations"),
        ["0001_m.sql", "0002_m.sql"]
    );
    let tables = "select name from sqlite_master where name in ('a', 'b', 't')";
    assert_eq!(project.names(tables), ["t"]);
    project.write("migrations/0003_m.sql", "create table c (x text) strict;");
    assert_eq!(project.json("up").1, json!({"applied": ["0003_m.sql"]}));
}

#[test]
fn files_that_do_not_match_the_database_are_rejected() {
    let project = Project::new(&[USERS, POSTS]);
    assert_eq!(project.run("up").0, Some(0));
    project.write("migrations/0001_m.sql", &format!("-- a comment\n{USERS}"));
    assert_eq!(project.run("status").0, Some(0));
    project.write(
        "migrations/0001_m.sql",
        &USERS.replace("text not null)", "text)"),
    );
    for command in ["status", "plan", "up"] {
        let (code, text) = project.run(command);
        assert!(
            code == Some(4) && text.contains("0001_m.sql was edited"),
            "{command}: {text}"
        );
    }
    project.write("migrations/0001_m.sql", USERS);

    fs::remove_file(project.path().join("migrations/0002_m.sql")).expect("the file");
    let (code, text) = project.run("status");
    assert!(
        code == Some(0) && text.contains("but its file is missing"),
        "{text}"
    );
    project.write("migrations/0002_other.sql", POSTS);
    let (code, text) = project.run("up");
    assert!(
        code == Some(4) && text.contains("the database has the migration 0002_m.sql"),
        "{text}"
    );
}

#[test]
fn squash_replaces_all_files_by_one_that_creates_the_same_schema_and_rows() {
    let rows = "insert into users values ('u1', 'it''s');
        insert into users select 'u2', char(8364) || x'0a' || 'b';
        alter table posts add column size real;
        create table files (content blob, n integer) strict;
        insert into files values (x'00ff', 9007199254740991), (null, -1);
        create trigger posts_t after insert on posts begin delete from files; end;
        insert into posts values ('p1', 'u1', 0.1);
        insert into files values (x'01', 2);
        create view sizes as select sum(size) from posts;
        create table nodes (id integer primary key, parent integer references nodes (id), name text) strict;
        insert into nodes values (2, null, 'a' || char(0) || 'b'), (1, 2, null);";
    let project = Project::new(&[USERS, POSTS, rows]);
    let before = project.path().join("before");
    fs::create_dir(&before).expect("a folder");
    assert_eq!(project.run("up --database before/old.db").0, Some(0));
    let partly = project.path().join("migrations/0003_m.sql");
    fs::rename(&partly, project.path().join("0003_m.sql")).expect("the file");
    assert_eq!(project.run("up --database before/partly.db").0, Some(0));
    fs::rename(project.path().join("0003_m.sql"), &partly).expect("the file");

    let (code, result) = project.json("squash");
    let expected = json!({"squashed": "0003_m.sql", "removed": ["0001_m.sql", "0002_m.sql"]});
    assert_eq!((code, result), (Some(0), expected));
    let files = fs::read_dir(project.path().join("migrations")).expect("the folder");
    assert_eq!(files.count(), 1);
    let (code, text) = project.run("check");
    assert_eq!(code, Some(0), "{text}");

    // A new database has the same schema and rows as a database that has applied the replaced files.
    assert_eq!(project.run("up").0, Some(0));
    let dump = |file: &str| {
        let connection = Connection::open(project.path().join(file)).expect("a database");
        let sql = "select sql from sqlite_master where name not like 'sqlite%'
            union all select id || hex(name) from users union all select id || user_id || size from posts
            union all select hex(content) || n from files
            union all select id || coalesce(parent, '') || hex(name) from nodes order by 1";
        let mut statement = connection.prepare(sql).expect("valid SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<Vec<String>, _>>().expect("text")
    };
    assert_eq!(dump("app.db"), dump("before/old.db"));
    for database in ["app.db", "before/old.db"] {
        let (code, text) = project.run(&format!("status --database {database}"));
        assert!(
            code == Some(0) && text.contains("no migration is pending"),
            "{text}"
        );
        let (code, text) = project.run(&format!("up --database {database}"));
        assert!(
            code == Some(0) && text.contains("has all migrations"),
            "{text}"
        );
    }
    let (_, text) = project.run("status --database before/old.db");
    assert!(text.contains("0001_m.sql  applied, squashed"), "{text}");
    let (code, text) = project.run("up --database before/partly.db");
    assert!(
        code == Some(4) && text.contains("only those up to 0002_m.sql are applied"),
        "{text}"
    );

    assert_eq!(
        project.run("new next").1,
        "created migrations/0004_next.sql\n"
    );
    assert_eq!(project.run("up --database before/old.db").0, Some(0));
    let (code, text) = project.run("squash");
    assert!(
        code == Some(0) && text.contains("squashed 2 migrations into"),
        "{text}"
    );
    assert_eq!(project.run("up --database before/old.db").0, Some(0));
    assert!(
        project
            .run("squash")
            .1
            .contains("fewer than two migrations")
    );
}

#[test]
fn files_that_fail_are_not_squashed() {
    let project = Project::new(&[USERS, "create table users (y)"]);
    let (code, text) = project.run("squash");
    let expected = "0002_m.sql:1: table users already exists";
    assert!(code == Some(1) && text.contains(expected), "{text}");
    let files = fs::read_dir(project.path().join("migrations")).expect("the folder");
    assert_eq!(files.count(), 2);
}

#[test]
fn commands_that_create_the_same_database_wait_for_each_other() {
    for _ in 0..5 {
        let project = Project::new(&[USERS, POSTS]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let (code, text) = project.run("up");
                    assert_eq!(code, Some(0), "{text}");
                });
            }
        });
    }
}

#[test]
fn invalid_arguments_are_rejected_and_named() {
    let project = Project::new(&[]);
    for (arguments, expected) in [
        ("down", "unknown command `migrate down`"),
        ("up extra", "unexpected argument `extra`"),
        ("up --remote", "--remote and --persist-to need --d1"),
        ("up --d1 DB --database x", "pass one of them"),
        ("status --dir nowhere", "cannot read the folder nowhere"),
    ] {
        let (code, text) = project.run(arguments);
        assert!(
            code == Some(1) && text.contains(expected),
            "{arguments}: {text}"
        );
    }
    let (code, text) = project.run("--help");
    assert!(code == Some(0) && text.contains("Exit codes:"), "{text}");
}
