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
        Self::of(TABLES, &RECORDS.replace(line, change))
    }

    /// Creates a project with a migration and records.
    fn of(tables: &str, records: &str) -> Self {
        let this = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["migrations", "src/models"] {
            fs::create_dir_all(this.path().join(folder)).expect("a folder");
        }
        this.write("migrations/0001_tables.sql", tables);
        this.write("src/lib.rs", "mod models;");
        this.write("src/models/mod.rs", records);
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
        // A unique index may fail for the rows that exist, which only the author knows.
        let expected_code = if change.contains("unique") { 3 } else { 0 };
        assert_eq!(code, Some(expected_code), "{change}: {text}\n{draft}");
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

/// Drafts and applies the difference between `tables` and `records`. Returns the draft and the project, whose
/// database has the rows.
fn applied(tables: &str, rows: &str, records: &str) -> (String, Project) {
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
fn difference(tables: &str, records: &str) -> String {
    Project::of(tables, records).migrate("diff").1
}

#[test]
fn a_rebuild_in_a_circle_of_foreign_keys_keeps_every_row() {
    for action in ["cascade", "set null", "set default"] {
        let tables = format!(
            "create table users (
                id integer primary key autoincrement, name text,
                best_post text default 'p0' references posts (id) on delete {action}
            ) strict;
            create index users_best_post on users (best_post);
            create table posts (
                id text primary key not null, user_id integer not null references users (id) on delete cascade
            ) strict;
            create index posts_user_id on posts (user_id);"
        );
        let (draft, project) = applied(
            &tables,
            "insert into users values (1, 'Ada', null), (2, null, null);
            insert into posts values ('p2', 1), ('p1', 2), ('p0', 1);
            update users set best_post = 'p' || id;",
            "#[derive(Record)] #[record(table = \"users\")]
            struct User { #[record(default)] id: i64, name: String, best_post: Option<String> }",
        );
        let users = rows(
            &project.database(),
            "select id || name || best_post from users order by id",
        );
        assert_eq!(users, ["1Adap1", "2p2"], "{draft}");
        let posts = rows(
            &project.database(),
            "select rowid || id || user_id from posts order by rowid",
        );
        assert_eq!(posts, ["1p21", "2p12", "3p01"], "{draft}");
    }
}

#[test]
fn a_rebuild_keeps_the_row_ids_of_the_table_and_of_the_tables_that_refer_to_it() {
    let (draft, project) = applied(
        "create table users (id text primary key not null, name text) strict;
        create table posts (
            id text primary key not null, kept_rowid text,
            user_id text not null references users (id) on delete cascade
        ) strict;
        create index posts_user_id on posts (user_id);",
        "insert into users (rowid, id) values (7, 'a'), (3, 'b');
        insert into posts (rowid, id, kept_rowid, user_id) values (9, 'p', 'x', 'a'), (4, 'q', 'y', 'b');",
        "#[derive(Record)] #[record(table = \"users\")] struct User { id: String, name: String }",
    );
    let users = rows(
        &project.database(),
        "select rowid || id from users order by rowid",
    );
    assert_eq!(users, ["3b", "7a"], "{draft}");
    let posts = rows(
        &project.database(),
        "select rowid || id || kept_rowid || user_id from posts order by rowid",
    );
    assert_eq!(posts, ["4qyb", "9pxa"], "{draft}");
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
            "-- Drops the column users.email and its values. If it was renamed, replace this rebuild by: alter table users rename column email to mail\n"
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

#[test]
fn a_rebuild_keeps_the_constraints_after_a_comment() {
    let (draft, project) = applied(
        "create table t (
            id integer primary key autoincrement,
            a text -- the a
                not null check (a <> ''),
            b text -- the b
                check (b is not null),
            c text check (c is not null)
        ) strict;",
        "insert into t values (1, 'a', 'b', 'c');",
        "#[derive(Record)] #[record(table = \"t\")]
        struct T { #[record(default)] id: i64, a: Option<String>, b: String, c: Option<String> }",
    );
    for (values, is_valid) in [
        ("null, 'b', 'c'", true),
        ("'', 'b', 'c'", false),
        ("'a', null, 'c'", false),
        ("'a', 'b', null", false),
    ] {
        let insert = project
            .database()
            .execute_batch(&format!("insert into t (a, b, c) values ({values})"));
        assert_eq!(insert.is_ok(), is_valid, "{values}: {draft}");
    }
    assert!(
        draft.contains("-- the a") && draft.contains("-- the b"),
        "{draft}"
    );
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
    // The name belongs to an index of other rows.
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
fn changed_foreign_keys_and_expressions_are_drafted() {
    let tables = "create table a (id integer primary key autoincrement) strict;
        create table b (id integer primary key autoincrement) strict;
        create table c (
            id integer primary key autoincrement,
            a_id integer references a (id) on update cascade,
            n integer not null,
            twice integer generated always as (n * 2 + 0) stored
        ) strict;
        create index c_a_id on c (a_id);";
    let records =
        "#[derive(Record)] #[record(table = \"a\")] struct A { #[record(default)] id: i64 }
        #[derive(Record)] #[record(table = \"b\")] struct B { #[record(default)] id: i64 }
        #[derive(Record)] #[record(table = \"c\")]
        struct C {
            #[record(default)] id: i64, #[record(parent = A)] a_id: Option<i64>, n: i64,
            #[record(generated = \"n * 2 + 0\")] twice: Option<i64>,
        }";
    let text = difference(tables, records);
    assert!(text.contains("create the tables of all records"), "{text}");
    let foreign_key = "select \"table\" || ' ' || on_delete || ' ' || on_update from pragma_foreign_key_list('c')";
    for (line, change, result, expected) in [
        (
            "parent = A",
            "parent = A, on_delete = \"cascade\"",
            foreign_key,
            "a CASCADE CASCADE",
        ),
        (
            "parent = A",
            "parent = B",
            foreign_key,
            "b NO ACTION CASCADE",
        ),
        ("n * 2 + 0", "n * 2", "select twice || '' from c", "6"),
        (
            "twice: Option<i64>",
            "twice: String",
            "select typeof(twice) || hidden from c, pragma_table_xinfo('c') where name = 'twice' and \"notnull\"",
            "text3",
        ),
    ] {
        let insert = "insert into c (n) values (3);";
        let (draft, project) = applied(tables, insert, &records.replace(line, change));
        assert_eq!(rows(&project.database(), result), [expected], "{draft}");
    }
    let constraint = tables.replace(
        "a_id integer references a (id) on update cascade,",
        "a_id integer,",
    );
    let constraint =
        constraint.replace("stored\n", "stored, foreign key (a_id) references a (id)\n");
    let text = difference(&constraint, &records.replace("parent = A", "parent = B"));
    assert!(
        text.contains("the foreign key of the column `a_id` differs"),
        "{text}"
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

#[test]
fn defaults_and_types_that_mean_the_same_need_no_rebuild() {
    let text = difference(
        "create table t (id integer primary key autoincrement, version integer not null default 7, a text) strict;",
        "#[derive(Record)] #[record(table = \"t\")]
        struct T { #[record(default)] id: i64, #[record(version)] version: i64, #[record(sql = \"TEXT\")] a: Option<Custom> }",
    );
    assert!(text.contains("create the tables of all records"), "{text}");
    let (draft, _) = applied(
        "create table t (id integer primary key autoincrement) strict;",
        "insert into t values (1);",
        "#[derive(Record)] #[record(table = \"t\")]
        struct T { #[record(default)] id: i64, #[record(version)] version: i64, #[record(default = \"true\")] on: bool }",
    );
    assert!(
        draft.contains("add column version integer not null default 1;\nalter table t add column \"on\" integer not null default true;"),
        "{draft}"
    );
    let text = difference(
        "create table t (id integer primary key) strict;",
        "#[derive(Record)] #[record(table = \"t\")] struct T { id: i64, #[record(sql = \"varchar(9)\")] a: String }",
    );
    assert!(
        text.contains("the SQL type of the field `a` is `varchar(9)`"),
        "{text}"
    );
}
