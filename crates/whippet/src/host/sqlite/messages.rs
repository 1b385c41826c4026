//! Tests that `db/failure.rs` recognizes the error messages of SQLite. These tests fail if an upgrade of SQLite
//! changes its messages.

use std::time::Duration;

use super::{Synchronous, open, run};
use crate::{DbError, Statement};

fn statement(sql: &'static str) -> Statement {
    Statement {
        sql: sql.into(),
        values: Vec::new(),
    }
}

fn unique(table: &str, columns: &[&str]) -> DbError {
    DbError::Unique {
        table: table.to_owned(),
        columns: columns.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn violated_constraints_and_missing_tables_are_recognized() {
    let connection = open(":memory:", Synchronous::Full).expect("a database");
    let run = |sql| run(&connection, &statement(sql));
    for sql in [
        "create table authors (id integer primary key, name text unique, age integer constraint authors_age check (age > 0))",
        "create table pens (color text)",
        "create unique index pens_lower on pens (lower(color))",
        "insert into pens values ('red')",
        "create table books (author integer not null references authors (id), title text check (title <> \"x\"), unique (author, title))",
        "insert into authors values (1, 'Ada', 36)",
        "insert into books values (1, 'Notes')",
    ] {
        run(sql).expect(sql);
    }
    for (sql, expected) in [
        (
            "insert into authors values (1, 'Bob', 1)",
            unique("authors", &["id"]),
        ),
        (
            "insert into authors values (2, 'Ada', 1)",
            unique("authors", &["name"]),
        ),
        (
            "insert into pens values ('RED')",
            unique("", &["pens_lower"]),
        ),
        (
            "insert into books values (1, 'Notes')",
            unique("books", &["author", "title"]),
        ),
        ("insert into books values (9, 'Notes')", DbError::ForeignKey),
        ("delete from authors", DbError::ForeignKey),
        (
            "insert into books values (null, 'Notes')",
            DbError::NotNull {
                table: "books".to_owned(),
                column: "author".to_owned(),
            },
        ),
        (
            "update authors set age = 0",
            DbError::Check {
                constraint: "authors_age".to_owned(),
            },
        ),
        (
            "insert into books values (1, 'x')",
            DbError::Check {
                constraint: "title <> \"x\"".to_owned(),
            },
        ),
    ] {
        assert_eq!(run(sql).expect_err(sql), expected, "{sql}");
    }
    for (sql, is_missing_table) in [
        ("select name from shelves", true),
        ("insert into shelves values (1)", true),
        ("select shelf from books", false),
        ("create table books (id)", false),
        ("select", false),
    ] {
        let error = run(sql).expect_err(sql);
        assert!(matches!(error, DbError::Database(_)), "{sql}: {error:?}");
        assert_eq!(
            error.is_missing_table(),
            is_missing_table,
            "{sql}: {error:?}"
        );
    }
}

#[test]
fn a_locked_database_is_recognized() {
    let folder = std::env::temp_dir().join(format!("whippet-lock-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("test.db");
    let path = path.to_str().expect("a path");
    let open = || open(path, Synchronous::Full).expect("a database");
    let (first, second) = (open(), open());
    second.busy_timeout(Duration::ZERO).expect("no timeout");
    run(&first, &statement("begin immediate")).expect("a lock");
    let error = run(&second, &statement("begin immediate")).expect_err("a lock");
    assert!(matches!(error, DbError::Busy(_)), "{error:?}");
    drop((first, second));
    std::fs::remove_dir_all(folder).expect("the folder");
}
