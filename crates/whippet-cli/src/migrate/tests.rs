//! Tests the lint: for each rule, migrations that the rule reports, and migrations that the rule does not report.

use super::folder::Migration;
use super::lint::{Finding, lint};

const PARENT: &str = "create table parent (id integer primary key autoincrement, x text) strict;
    create table child (id integer primary key autoincrement,
        parent_id integer not null references parent (id) on delete cascade) strict;
    create index child_parent on child (parent_id);
    create table leaf (child_id integer not null references child (id) on delete cascade) strict;
    create index leaf_child on leaf (child_id);
    create index parent_x on parent (x);
    create trigger parent_t after insert on parent begin select 1; end;";

fn findings(files: &[&str]) -> Vec<Finding> {
    let files = files.iter().zip(1..).map(|(sql, number)| Migration {
        name: format!("{number:04}_x.sql"),
        sql: (*sql).to_owned(),
    });
    lint(&files.collect::<Vec<_>>()).expect("SQLite works")
}

/// Returns the rule and the line of each finding in the last file.
fn rules(files: &[&str]) -> Vec<(&'static str, usize)> {
    let last = format!("{:04}_x.sql", files.len());
    let findings = findings(files)
        .into_iter()
        .filter(|finding| finding.file == last);
    findings
        .map(|finding| (finding.rule, finding.line))
        .collect()
}

/// Returns the usual statements that rebuild the table `parent`. Statements in `before` and `after` can save and
/// restore the rows of `child` and `leaf`.
fn rebuild(before: &str, after: &str) -> String {
    format!(
        "{before}
        create table new (id integer primary key autoincrement, x text not null) strict;
        insert into new select * from parent;
        drop table parent;
        alter table new rename to parent;
        create index parent_x on parent (x);
        create trigger parent_t after insert on parent begin select 1; end;
        {after}"
    )
}

#[test]
fn the_schema_of_the_tests_has_no_findings() {
    assert_eq!(findings(&[PARENT]), []);
}

#[test]
fn a_rebuild_that_deletes_rows_of_other_tables_is_an_error() {
    for pragma in ["", "pragma defer_foreign_keys = on;"] {
        let rebuild = rebuild(pragma, "");
        let found = findings(&[PARENT, &rebuild]);
        let [finding] = &found[..] else {
            panic!("{found:#?}");
        };
        assert_eq!((finding.rule, finding.line), ("W001", 4));
        assert!(
            finding.message.contains("rows of child, leaf"),
            "{}",
            finding.message
        );
    }
    let keep = "create table child_keep as select * from child;
        create table leaf_keep as select * from leaf;";
    let restore =
        "insert into child select * from child_keep; insert into leaf select * from leaf_keep;
        drop table child_keep; drop table leaf_keep;";
    assert_eq!(rules(&[PARENT, &rebuild(keep, restore)]), []);
    let only_child = "create table child_keep as select * from child;";
    let restored = "insert into child select * from child_keep; drop table child_keep;";
    assert_eq!(
        rules(&[PARENT, &rebuild(only_child, restored)]),
        [("W001", 4)]
    );
}

#[test]
fn a_rebuild_that_loses_an_index_or_a_trigger_is_an_error() {
    let rebuild = "-- whippet: allow-file W001 tested elsewhere
        create table new (id integer primary key autoincrement, y text) strict;
        drop table parent;
        alter table new rename to parent;";
    let found = findings(&[PARENT, rebuild]);
    let lost: Vec<_> = found
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert!(
        found
            .iter()
            .all(|finding| (finding.rule, finding.line) == ("W002", 2)),
        "{found:#?}"
    );
    for name in ["index parent_x", "trigger parent_t"] {
        assert!(
            lost.iter().any(|message| message.contains(name)),
            "{name}: {lost:#?}"
        );
    }
    assert_eq!(lost.len(), 2, "{lost:#?}");
    assert_eq!(
        rules(&[PARENT, "drop index parent_x; drop trigger parent_t;"]),
        []
    );
}

#[test]
fn a_view_that_does_not_work_any_more_is_an_error() {
    let view = "create view leaves as select child_id from leaf;";
    let drop = "-- whippet: allow W008 nothing reads the table\ndrop table leaf;";
    assert_eq!(rules(&[PARENT, view, drop]), [("W002", 2)]);
    assert_eq!(rules(&[PARENT, view, "drop view leaves;", drop]), []);
    // SQLite rejects the rename while the view refers to the dropped table.
    let rebuild = "create table new (child_id integer) strict; drop table leaf;\nalter table new rename to leaf;";
    assert_eq!(rules(&[PARENT, view, rebuild]), [("SQL", 2)]);
}

#[test]
fn each_rule_reports_the_statements_that_violate_it() {
    for (sql, expected) in [
        ("pragma foreign_keys = off;", &[("W003", 1)][..]),
        ("PRAGMA legacy_alter_table=ON;", &[("W003", 1)]),
        ("begin; select 1;\ncommit;", &[("W004", 1), ("W004", 2)]),
        ("create temp table t (x);", &[("W004", 1)]),
        (
            "pragma user_version = 2; vacuum; attach 'x' as y",
            &[("W004", 1), ("W004", 1), ("W004", 1)],
        ),
        (
            "create view v as select json_pretty(x) from parent;",
            &[("W005", 1)],
        ),
        (
            "alter table parent add column y text default (lower('A'));",
            &[("W006", 1)],
        ),
        (
            "alter table parent add y text default current_timestamp;",
            &[("W006", 1)],
        ),
        (
            "alter table parent add y integer not null generated always as (id + 1);",
            &[],
        ),
        (
            "create unique index parent_u on parent (x);",
            &[("W007", 1)],
        ),
        (
            "alter table parent add k text; update parent set k = 'a' where x = 'b';\ncreate unique index u on parent (k);",
            &[("W007", 2)],
        ),
        ("alter table leaf rename to leaves;", &[("W008", 1)]),
        (
            "alter table leaf rename column child_id to c;",
            &[("W008", 1)],
        ),
        ("drop table leaf;", &[("W008", 1)]),
        (
            "\n\ncreate table t (p integer references parent (id)) strict;",
            &[("W009", 3)],
        ),
        ("create table t (x);", &[("W010", 1)]),
        (
            "create table t (x text primary key);",
            &[("W010", 1), ("W011", 1)],
        ),
        (
            "create table t (x integer primary key) strict;",
            &[("W015", 1)],
        ),
        (
            "create trigger t after insert on leaf begin select case when 1 then (case when 1 then 2 end) end; end;",
            &[("W012", 1)],
        ),
        (
            "create trigger t after insert on leaf begin select 1;end;",
            &[("W012", 1)],
        ),
        ("select 'COMMIT;';", &[("W012", 1)]),
        ("delete from leaf;", &[("W013", 1)]),
        ("update parent set x = 'y';", &[("W013", 1)]),
        ("create table if not exists t (x) strict;", &[("SQL", 1)]),
        (
            "create index if not exists i on leaf (child_id);",
            &[("W014", 1)],
        ),
        ("drop table if exists absent;", &[("W014", 1)]),
        ("select 1;\nselect x from nowhere;", &[("SQL", 2)]),
    ] {
        assert_eq!(
            rules(&[PARENT, sql]),
            expected,
            "{sql}: {:#?}",
            findings(&[PARENT, sql])
        );
    }
}

#[test]
fn migrations_without_mistakes_have_no_findings() {
    for sql in [
        "alter table parent add column y text not null default 'a';",
        "alter table parent add column y text; update parent set y = x where y is null;",
        "create table t (a text, b text, primary key (b, a)) strict, without rowid;",
        "create table t (p integer not null references parent (id), q text, unique (p, q)) strict;",
        "create table t (p integer primary key autoincrement references parent (id)) strict;",
        "alter table parent add column k text; create unique index parent_k on parent (k) where k <> '';",
        "create table t (x text primary key not null) strict; create unique index u on t (x);",
        "create trigger t after insert on leaf begin\n select case when 1 then 2 end;\nend;",
        "insert into parent (x) values ('begin; end; vacuum');",
        "pragma defer_foreign_keys = on;",
    ] {
        assert_eq!(findings(&[PARENT, sql]), [], "{sql}");
    }
}

#[test]
fn a_comment_with_a_reason_allows_a_finding() {
    for (sql, expected) in [
        (
            "-- whippet: allow W013 the table is small\ndelete from leaf;",
            &[][..],
        ),
        (
            "delete from leaf /* whippet: allow w013 the table is small */;",
            &[],
        ),
        (
            ";;\n/* a long comment */;\n-- whippet: allow W013 the table is small\ndelete from leaf;",
            &[],
        ),
        (
            "-- whippet: allow W013 small\ndelete from leaf;;;\n/* a long comment */; delete from leaf;",
            &[("W013", 3)],
        ),
        (
            "-- whippet: allow-file W013 small\nselect 1;\ndelete from leaf;",
            &[],
        ),
        (
            "-- whippet: allow W013 small\nselect 1;\ndelete from leaf;",
            &[("W013", 3)],
        ),
        (
            "-- whippet: allow W014 wrong rule\ndelete from leaf;",
            &[("W013", 2)],
        ),
        (
            "-- whippet: allow W013\ndelete from leaf;",
            &[("W000", 1), ("W013", 2)],
        ),
        (
            "-- whippet: allow W099 no such rule\nselect 1;",
            &[("W000", 1)],
        ),
    ] {
        assert_eq!(rules(&[PARENT, sql]), expected, "{sql}");
    }
}
