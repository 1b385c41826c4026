//! Tests `whippet migrate` with a local D1. `make test` installs wrangler.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod wrangler;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wrangler::CONFIG;

const TABLES: &str = "create table users (id text primary key not null, name text) strict;
create table posts (id text primary key not null, user_id text not null references users (id) on delete cascade) strict;
create index posts_user on posts (user_id);
insert into users values ('u1', null), ('u2', 'b');
insert into posts values ('p1', 'u1'), ('p2', 'u1'), ('p3', 'u2');
";

/// The rebuild that docs/MIGRATIONS.md describes.
fn rebuild() -> String {
    let guide = include_str!("../../../docs/MIGRATIONS.md");
    let (_, rest) = guide
        .split_once("## Rebuilding a table")
        .expect("the section");
    let (_, rest) = rest.split_once("```sql\n").expect("the example");
    rest.split("```").next().expect("the end").to_owned()
}

fn run(program: &str, folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let output = wrangler::run(program, folder, arguments.split_whitespace());
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// Creates a folder with the configuration of a D1 database and its first migration.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let migrations = folder.path().join("migrations");
    fs::create_dir(&migrations).expect("a folder");
    fs::write(folder.path().join("wrangler.toml"), CONFIG).expect("a file");
    fs::write(migrations.join("0001_tables.sql"), TABLES).expect("a file");
    folder
}

#[test]
fn a_squashed_file_is_applied_to_new_databases_only() {
    let folder = project();
    let folder = folder.path();
    let write =
        |name: &str, contents: &str| fs::write(folder.join(name), contents).expect("a file");
    write(
        "migrations/0002_more.sql",
        "alter table posts add column title text;\n",
    );
    let apply = |arguments: &str| {
        let command = format!("d1 migrations apply DB --local {arguments}");
        let (code, text) = run("wrangler", folder, &command);
        assert_eq!(code, Some(0), "{text}");
        text
    };
    let status = |arguments: &str| {
        let command = format!("migrate status --d1 DB {arguments}");
        run(env!("CARGO_BIN_EXE_whippet"), folder, &command)
    };
    apply("");
    let (code, text) = run(env!("CARGO_BIN_EXE_whippet"), folder, "migrate squash");
    assert_eq!(code, Some(0), "{text}");
    assert!(apply("").contains("No migrations to apply"));
    assert_eq!(status("").0, Some(0));
    assert!(apply("--persist-to new").contains("0002_more.sql"));
    let (code, text) = status("--persist-to new");
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn up_applies_migrations_to_d1_and_status_agrees_with_wrangler() {
    let folder = project();
    let folder = folder.path();
    let write =
        |name: &str, contents: &str| fs::write(folder.join(name), contents).expect("a file");
    let migrate = |arguments: &str| {
        run(
            env!("CARGO_BIN_EXE_whippet"),
            folder,
            &format!("migrate {arguments} --d1 DB"),
        )
    };
    let query = |sql: &str| -> Value {
        let command = ["d1", "execute", "DB", "--local", "--json", "--command", sql];
        let output = wrangler::run("wrangler", folder, command);
        let results: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        results[0]["results"][0].clone()
    };

    assert_eq!(migrate("status").0, Some(2));
    let (code, text) = migrate("up");
    assert!(
        code == Some(0) && text.contains("applied 0001_tables.sql"),
        "{text}"
    );
    let (_, listed) = run("wrangler", folder, "d1 migrations list DB --local");
    assert!(listed.contains("No migrations to apply"), "{listed}");

    // wrangler applies the second migration and records no checksum. `whippet migrate` records the checksum later.
    write("migrations/0002_rebuild.sql", &rebuild());
    assert_eq!(migrate("check --dir migrations").0, Some(0));
    let (code, text) = run("wrangler", folder, "d1 migrations apply DB --local");
    assert_eq!(code, Some(0), "{text}");
    let counts =
        query("select (select count(*) from posts) posts, (select count(*) from users) users");
    assert_eq!(counts, json!({"posts": 3, "users": 2}));
    let (code, text) = migrate("status");
    assert!(
        code == Some(0) && text.contains("0002_rebuild.sql  applied, checksum not recorded"),
        "{text}"
    );
    assert_eq!(migrate("up").0, Some(0));
    let recorded = query("select count(*) recorded, sum(only_adds) adding from whippet_migrations");
    assert_eq!(recorded, json!({"recorded": 2, "adding": 1}));

    write(
        "seeds.sql",
        "insert into users values ('u3', 'c');\ninsert into posts values ('p4', 'u3');\n",
    );
    let (code, text) = migrate("seed");
    assert_eq!(code, Some(0), "{text}");
    let posts = query("select count(*) posts from posts");
    assert_eq!(posts, json!({"posts": 4}));

    write(
        "migrations/0003_broken.sql",
        "create table t (x);\ninsert into nowhere values (1);\n",
    );
    let (code, text) = migrate("up");
    assert!(
        code == Some(1) && text.contains("0003_broken.sql: wrangler could not apply"),
        "{text}"
    );
    assert!(text.contains("no such table: nowhere"), "{text}");
    let tables = query("select count(*) tables from sqlite_master where name = 't'");
    assert_eq!(tables, json!({"tables": 0}));
    fs::remove_file(folder.join("migrations/0003_broken.sql")).expect("the file");

    write(
        "migrations/0001_tables.sql",
        &TABLES.replace("name text)", "name text not null)"),
    );
    let (code, text) = migrate("status");
    assert!(
        code == Some(4) && text.contains("0001_tables.sql was edited"),
        "{text}"
    );
}
