//! Optional pieces of a query, which are written in braces.

use whippet::testing::block_on;
use whippet::{Change, Patch, query, query_scalar};

use crate::database;

const USERS: &str = "insert into users (id, name, email, created_at) values
    (1, 'Ada', 'a', 10), (2, 'Bob', null, 20), (3, 'Cid', 'c', 30), (4, 'Ada', 'd', 40)";

#[test]
fn a_filter_without_a_value_is_left_out() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        for (name, before, ids, expected) in [
            (None, None, None, vec![1, 2, 3, 4]),
            (Some("Ada"), None, None, vec![1, 4]),
            (None, Some(30), None, vec![1, 2]),
            (Some("Ada"), Some(30), None, vec![1]),
            (None, Some(40), Some(vec![3, 4]), vec![3]),
            (Some("Ada"), None, Some(vec![]), vec![]),
        ] {
            let found = query_scalar!(
                migrations = "tests/query/migrations",
                "select id from users where id > :least {and created_at < :before}
                 {and id in (select value from json_each(:ids))} {and name = :name or name = lower(:name)}
                 order by id",
                least = 0,
            );
            assert_eq!(
                found.fetch_all(&db).await,
                Ok(expected),
                "{name:?} {before:?} {ids:?}"
            );
        }
        let statements = app.statements();
        let last = &statements.last().expect("a statement").sql;
        assert!(
            last.contains("and (name = ?4 or name = lower(?4))"),
            "{last}"
        );
        assert!(!last.contains("created_at"), "{last}");
    });
}

#[test]
fn an_update_sets_only_the_columns_that_have_a_value() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let update = |name: Option<&str>, email: Option<Option<&str>>| {
            query!(
                migrations = "tests/query/migrations",
                "update users set created_at = 99 {, name = :name} {, email = :email} where id = 1"
            )
        };
        assert_eq!(update(None, Some(Some("x"))).execute(&db).await, Ok(1));
        assert_eq!(update(Some("Eve"), None).execute(&db).await, Ok(1));
        let row: (String, String, i64) = app
            .row("select name, email, created_at from users where id = 1")
            .await;
        assert_eq!(row, ("Eve".to_owned(), "x".to_owned(), 99));
    });
}

#[test]
fn a_partial_update_sets_the_fields_that_are_present() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let update = |name: Change<&str>, email: Patch<String>| {
            query!(
                migrations = "tests/query/migrations",
                "update users set created_at = 99 {, name = :name} {, email = :email} where id = 1"
            )
        };
        let row = "select name, email from users where id = 1";
        for (name, email, expected) in [
            (Change::Absent, Patch::Absent, ("Ada", Some("a"))),
            (Change::Set("Eve"), Patch::Absent, ("Eve", Some("a"))),
            (Change::Absent, Patch::Null, ("Eve", None)),
            (
                Change::Absent,
                Patch::Set("e".to_owned()),
                ("Eve", Some("e")),
            ),
        ] {
            assert_eq!(update(name, email).execute(&db).await, Ok(1));
            let (name, email): (String, Option<String>) = app.row(row).await;
            assert_eq!((&*name, email.as_deref()), expected);
        }
        let removed = Some(None::<&str>);
        let update = query!(
            migrations = "tests/query/migrations",
            "update users set created_at = 99 {, email = :removed} where id = 1"
        );
        assert_eq!(update.execute(&db).await, Ok(1));
        assert_eq!(
            app.row::<Option<String>>("select email from users where id = 1")
                .await,
            None
        );
    });
}

#[test]
fn a_condition_chooses_between_pieces() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        for (by_name, expected) in [(true, vec![4, 1, 2, 3]), (false, vec![4, 3, 2, 1])] {
            let found = query_scalar!(
                migrations = "tests/query/migrations",
                "select id from users order by {if :by_name name,} {if not :by_name created_at desc,} id desc"
            );
            assert_eq!(found.fetch_all(&db).await, Ok(expected), "{by_name}");
        }
    });
}
