//! Tests drafts for changed columns.

use crate::support::{applied, difference, rows};

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
        text.contains("changes the foreign key of the column `a_id`"),
        "{text}"
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

#[test]
fn a_default_may_be_any_expression() {
    let (draft, project) = applied(
        "create table t (id integer primary key autoincrement) strict;",
        "insert into t values (1);",
        r#"#[derive(Record)] #[record(table = "t")]
        struct T {
            #[record(default)] id: i64,
            #[record(default = "'a' || 'b'")] a: String,
            #[record(default = "(1) + (2)")] b: i64,
            #[record(default = "-1")] c: i64,
            #[record(default = "'it''s'")] d: String,
        }"#,
    );
    let stored = rows(
        &project.database(),
        "select a || b || c || d from t order by id",
    );
    assert_eq!(stored, ["ab3-1it's"], "{draft}");
}
