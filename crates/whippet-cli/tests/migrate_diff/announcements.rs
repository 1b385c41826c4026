//! Tests the errors for changes that cannot be drafted, and the comments in drafts that may lose values.

use crate::support::{Project, applied, difference};

#[test]
fn what_cannot_be_drafted_is_an_error_that_names_the_field() {
    for (line, change, expected) in [
        (
            "age: i64,",
            "age: Years,",
            "the record User in src/models/mod.rs: the SQL type of the field `age` is unknown",
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
            "the record changes the primary key of the table `users`, which is id, but `diff` cannot change a primary key",
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

#[test]
fn a_dropped_column_is_announced_and_not_dropped_while_something_uses_it() {
    let tables =
        "create table users (id integer primary key autoincrement, email text not null) strict;";
    let records = "#[derive(Record)] #[record(table = \"users\")]
        struct User { #[record(default)] id: i64, mail: String }";
    let (draft, _) = applied(tables, "insert into users (email) values ('a')", records);
    assert!(
        draft.contains(
            "-- Drops the column users.email and its values. If the column was renamed, replace this rebuild with: alter table users rename column email to mail\n"
        ),
        "{draft}"
    );
    for (object, name) in [
        ("create index by_mail on users (email);", "index `by_mail`"),
        (
            "create view mails as select Email from users;",
            "view `mails`",
        ),
        (
            "create trigger t after insert on users begin select new.email; end;",
            "trigger `t`",
        ),
    ] {
        let text = difference(&format!("{tables}\n{object}"), records);
        assert!(
            text.contains("the column `users.email`")
                && text.contains(name)
                && text.contains("rename column email to mail"),
            "{text}"
        );
    }
}

#[test]
fn a_conversion_that_may_lose_values_is_announced() {
    for (old, new, expected) in [
        ("text", "Timestamp", Some("from text")),
        ("real", "i64", Some("from real")),
        ("integer", "String", None),
        ("integer", "f64", None),
    ] {
        let (draft, _) = applied(
            &format!(
                "create table t (id integer primary key autoincrement, a {old} not null) strict;"
            ),
            "",
            &format!(
                "#[derive(Record)] #[record(table = \"t\")] struct T {{ #[record(default)] id: i64, a: {new} }}"
            ),
        );
        let comment = "-- Check the conversion of a ";
        let expected = expected.map(|from| format!("{comment}{from}, which may lose values"));
        assert!(
            match &expected {
                Some(expected) => draft.contains(expected),
                None => !draft.contains(comment),
            },
            "{draft}"
        );
    }
}
