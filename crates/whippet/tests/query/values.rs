//! Values of parameters.

use std::borrow::Cow;

use whippet::testing::block_on;
use whippet::{DbError, Timestamp, Value, query, query_scalar};

use crate::database;

#[test]
fn values_are_borrowed_and_matched_by_name_or_position() {
    block_on(async {
        let (_app, db) = database().await;
        let name = String::from("Ada");
        let created_at = Timestamp::from_millis(7);
        let insert = |id: i64| {
            query!(
                migrations = "tests/query/migrations",
                "insert into users (id, name, email, created_at) values (:id, :name, :email, :created_at)",
                email = Some(format!("{name}@example.com")).filter(|_| id == 1),
            )
        };
        assert_eq!(
            db.batch([insert(1), insert(2)])
                .await
                .expect("rows")
                .changes(1),
            Ok(1)
        );
        let found = query_scalar!(
            migrations = "tests/query/migrations",
            "select count(*) from users where name = ?2 and created_at = ?1 and name = ?2",
            created_at,
            Cow::Borrowed(&*name),
        );
        assert_eq!(found.fetch_one(&db).await, Ok(2));
        let emails = query_scalar!(
            migrations = "tests/query/migrations",
            "select count(*) from users where email is ?",
            None::<&str>
        );
        assert_eq!(emails.fetch_one(&db).await, Ok(1));
    });
}

#[test]
fn a_blob_in_a_column_of_unknown_type_is_read_as_bytes() {
    block_on(async {
        let (_app, db) = database().await;
        let blob: &[u8] = &[1, 2, 255];
        let bytes = query_scalar!(
            migrations = "tests/query/migrations",
            "select ? as \"value!: Vec<u8>\"",
            blob
        );
        assert_eq!(bytes.fetch_one(&db).await, Ok(blob.to_vec()));
        let array = query_scalar!(
            migrations = "tests/query/migrations",
            "select ? as \"value!: [u8; 3]\"",
            blob
        );
        assert_eq!(array.fetch_one(&db).await, Ok([1, 2, 255]));
    });
}

#[test]
fn a_list_is_one_parameter() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(
            "insert into users (id, name, created_at) values (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)",
        )
        .await;
        let ids = [1, 3];
        let names = query_scalar!(
            migrations = "tests/query/migrations",
            "select name from users where id in (select value from json_each(?)) order by id",
            &ids[..]
        );
        assert_eq!(
            names.fetch_all(&db).await,
            Ok(vec!["a".to_owned(), "c".to_owned()])
        );
    });
}

#[test]
fn a_value_that_the_parameter_cannot_hold_is_an_error() {
    block_on(async {
        let (_app, db) = database().await;
        let large = query!(
            migrations = "tests/query/migrations",
            "delete from users where id = ?",
            u64::MAX
        );
        let error = large.execute(&db).await.expect_err("too large");
        assert!(
            matches!(&error, DbError::Limit(message) if message.contains("18446744073709551615")),
            "{error:?}"
        );
        let null = query!(
            migrations = "tests/query/migrations",
            "delete from users where id = ?",
            Value::Null
        );
        let error = db.batch([null]).await.expect_err("null");
        assert!(
            matches!(&error, DbError::Decode(message) if message.contains("Integer")),
            "{error:?}"
        );
    });
}
