//! Tests drafts for new tables, keys and indexes.

use std::fs;

use crate::support::{Project, applied, difference, rows};

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
    assert_eq!(draft, include_str!("../samples/diff/created.sql"));
    assert_eq!(project.migrate("check").0, Some(0));
    assert_eq!(project.migrate("up").0, Some(0));
    let (_, text) = project.migrate("diff");
    assert!(text.contains("create the tables of all records"), "{text}");
}

#[test]
fn an_index_becomes_unique_and_no_index_is_created_twice() {
    let users = "create table users (id integer primary key autoincrement, email text, team integer) strict;";
    let user = "#[derive(Record)] #[record(table = \"users\")]
        struct User { #[record(default)] id: i64, #[record(unique)] email: Option<String>, team: Option<i64> }";
    let profile = "#[derive(Record)] #[record(table = \"profiles\")]
        struct Profile { #[record(default)] id: i64, #[record(parent = User, unique)] user_id: i64 }";
    let unique = "select name from sqlite_master where type = 'index' and sql like 'create unique%' order by 1";
    let index = format!("{users} create index users_email on users (email);");
    let project = Project::of(&index, &format!("{user}\n{profile}"));
    let (code, text) = project.migrate("diff");
    assert_eq!(code, Some(0), "{text}");
    let draft = project.draft();
    assert!(draft.contains("drop index users_email;\n"), "{draft}");
    assert_eq!(project.migrate("up").0, Some(0), "{draft}");
    assert_eq!(
        rows(&project.database(), unique),
        ["profiles_user_id", "users_email"],
        "{draft}"
    );
    // A partial index already has the name of the wanted index, so the draft uses another name.
    let partial =
        format!("{users} create unique index users_email on users (email) where team = 1;");
    let project = Project::of(&partial, user);
    let (code, text) = project.migrate("diff");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        project
            .draft()
            .contains("create unique index users_email_ on users (email);"),
        "{}",
        project.draft()
    );
}

#[test]
fn a_key_may_be_a_foreign_key_and_may_be_found_in_the_schema() {
    let (draft, project) = applied(
        "create table users (id integer primary key autoincrement) strict;
        create table members (
            team text not null, user text not null, role text not null, primary key (team, user)
        ) strict, without rowid;",
        "",
        "#[derive(Record)] #[record(table = \"users\")] struct User { #[record(default)] id: i64 }
        #[derive(Record)] #[record(table = \"members\")]
        struct Member { team: String, user: String, role: String, note: Option<String> }
        #[derive(Record)] #[record(table = \"profiles\")]
        struct Profile { #[record(key, parent = User, on_delete = \"cascade\")] user_id: i64 }",
    );
    assert!(
        draft.contains("user_id integer primary key references users (id) on delete cascade\n"),
        "{draft}"
    );
    assert!(
        draft.contains("alter table members add column note text;"),
        "{draft}"
    );
    let keys = "select \"table\" from pragma_foreign_key_list('profiles')";
    assert_eq!(rows(&project.database(), keys), ["users"], "{draft}");
    let text = difference(
        "create table a (id integer primary key) strict;",
        "#[derive(Record)] #[record(table = \"b\")] struct B { name: String }",
    );
    assert!(text.contains("the primary key is missing"), "{text}");
}

#[test]
fn records_of_one_table_are_merged_and_records_of_tests_are_omitted() {
    let project = Project::of(
        "create table users (id integer primary key autoincrement, name text) strict;",
        "#[derive(Record)] #[record(table = \"users\")]
        struct User { #[record(default)] id: i64, name: Option<String>, a: Option<String> }
        #[derive(Record)] #[record(table = \"users\")]
        struct UserName { id: i64, #[record(index)] b: Option<i64> }
        #[cfg(test)] #[derive(Record)] #[record(table = \"one\")] struct One { id: i64 }
        #[cfg(all(test, unix))] mod tests { #[derive(Record)] #[record(table = \"two\")] struct Two { id: i64 } }
        #[cfg(test)] mod other;
        #[derive(Record)] #[record(table = \"four\", migrations = \"tests/migrations\")] struct Four { id: i64 }
        #[cfg(not(test))] #[derive(Record)]
        #[record(table = \"five\", migrations = \"migrations\")] struct Five { id: i64 }",
    );
    let other = "#[derive(Record)] #[record(table = \"three\")] struct Three { id: Unknown }";
    project.write("src/models/other.rs", other);
    let (code, text) = project.migrate("diff");
    assert_eq!(code, Some(0), "{text}");
    let draft = project.draft();
    let statements: Vec<&str> = draft.lines().skip(1).collect();
    assert_eq!(
        statements,
        [
            "alter table users add column a text;",
            "alter table users add column b integer;",
            "create index users_b on users (b);",
            "create table five (",
            "    id integer primary key",
            ") strict;"
        ]
    );
}
