//! Tests that drafts keep every row.

use crate::support::{KEPT, OBJECTS, Project, ROWS, applied, rows};

#[test]
fn a_draft_keeps_every_row_of_the_table_and_of_the_tables_that_refer_to_it() {
    // Each case contains a line of the records, the changed line, whether the draft rebuilds the table, a query on the
    // migrated database, and the result of the query.
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
        // `check` reports a new unique index, because only the author of the migration knows whether the existing rows
        // are unique.
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
        // The tables now match the records, so nothing is left to draft.
        let (code, text) = project.migrate("diff more");
        assert!(
            code == Some(0) && text.contains("create the tables of all records"),
            "{text}\n{draft}"
        );
    }
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
