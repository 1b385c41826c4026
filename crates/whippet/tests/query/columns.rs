//! Reading columns.

use std::collections::BTreeMap;

use whippet::testing::block_on;
use whippet::{Column, DbError, Timestamp, Value, query, query_as, query_scalar};

use crate::database;

const USERS: &str = "insert into users (id, name, email, tags, created_at) values
    (1, 'Ada', null, '[\"a\", \"b\"]', 5), (2, 'Bob', 'bob@example.com', null, 1700000000000)";

#[derive(Debug, PartialEq, Column)]
struct UserId(i64);

#[derive(Debug, PartialEq)]
struct User {
    id: UserId,
    name: String,
    email: Option<String>,
    tags: Option<Vec<String>>,
    created_at: Timestamp,
}

fn ada() -> User {
    User {
        id: UserId(1),
        name: "Ada".to_owned(),
        email: None,
        tags: Some(vec!["a".to_owned(), "b".to_owned()]),
        created_at: Timestamp::from_millis(5),
    }
}

#[test]
fn a_row_is_read_into_the_fields_with_the_names_of_its_columns() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        // The order of the columns differs from the order of the fields.
        let users = query_as!(
            migrations = "tests/query/migrations",
            User,
            "select created_at, tags, email, name, id from users where id = ?",
            1
        );
        assert_eq!(users.fetch_all(&db).await, Ok(vec![ada()]));
        let missing = query_as!(
            migrations = "tests/query/migrations",
            User,
            "select * from users where id = 3"
        );
        assert_eq!(missing.fetch_one(&db).await, Err(DbError::NoRow));
    });
}

#[test]
fn a_table_may_have_gained_columns_since_the_query_was_compiled() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        app.sql("create table later (extra text, created_at integer, tags text, email text, name text, id integer);
                 insert into later select 'x', created_at, tags, email, name, id from users;
                 drop table users; alter table later rename to users")
            .await;
        let first = query_as!(
            migrations = "tests/query/migrations",
            User,
            "select * from users order by id limit 1"
        );
        assert_eq!(first.fetch_one(&db).await, Ok(ada()));
        app.sql("alter table users drop column email").await;
        let all = query_as!(
            migrations = "tests/query/migrations",
            User,
            "select * from users"
        );
        let error = all.fetch_all(&db).await.expect_err("no email");
        assert!(
            error
                .to_string()
                .contains("did not return the column email"),
            "{error}"
        );
    });
}

#[test]
fn query_declares_a_struct_with_a_field_for_each_column() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let rows = query!(
            migrations = "tests/query/migrations",
            "select id, name, email, id > 1 as later, count(*) over () as total, avg(id) over () as mean,
             tags ->> 0 as first, name as \"type\", created_at as \"at: Timestamp\" from users order by id"
        );
        let rows = rows.fetch_all(&db).await.expect("rows");
        let row = &rows[1];
        assert_eq!((row.id, row.name.as_str(), row.later), (2, "Bob", true));
        assert_eq!(row.email.as_deref(), Some("bob@example.com"));
        assert_eq!((row.total, row.r#type.as_str()), (2, "Bob"));
        assert!((row.mean - 1.5).abs() < f64::EPSILON);
        assert_eq!(rows[0].first, Value::Text("a".to_owned()).into());
        assert_eq!(rows[0].at, Timestamp::from_millis(5));
    });
}

#[test]
fn the_name_of_a_column_can_state_its_type() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let id = query_scalar!(
            migrations = "tests/query/migrations",
            "select max(id) as \"id!: UserId\" from users"
        );
        assert_eq!(id.fetch_one(&db).await, Ok(UserId(2)));
        let id = query_scalar!(
            migrations = "tests/query/migrations",
            "select id as \"id?\" from users where id = 1"
        );
        assert_eq!(id.fetch_optional(&db).await, Ok(Some(Some(1))));
    });
}

#[test]
fn a_null_in_a_column_that_is_read_as_not_null_is_an_error() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let emails = query_scalar!(
            migrations = "tests/query/migrations",
            "select email as \"email!\" from users order by id"
        );
        let error = emails.fetch_all(&db).await.expect_err("a null");
        let message = "column email!: expected text, found Null".to_owned();
        assert_eq!(error, DbError::Decode(message));
    });
}

#[test]
fn an_integer_out_of_range_is_an_error() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let times = query_scalar!(
            migrations = "tests/query/migrations",
            u16,
            "select created_at from users where id = 2"
        );
        let error = times.fetch_one(&db).await.expect_err("too large");
        let message = "column created_at: 1700000000000 does not fit into u16".to_owned();
        assert_eq!(error, DbError::Decode(message));
    });
}

#[test]
fn json_and_enums_are_stored_as_text() {
    #[derive(Debug, PartialEq, Column, serde::Serialize, serde::Deserialize)]
    #[column(json)]
    struct Settings {
        theme: String,
    }
    #[derive(Debug, PartialEq, Column)]
    enum State {
        Pending,
        InProgress,
    }
    #[derive(Debug, PartialEq, Column)]
    #[column(text)]
    struct Key(uuid::Uuid);
    block_on(async {
        let (_app, db) = database().await;
        let settings = Settings {
            theme: "dark".to_owned(),
        };
        let key = Key(uuid::Uuid::from_u128(7));
        let insert = query!(
            migrations = "tests/query/migrations",
            "insert into users (id, name, email, tags, created_at) values (1, :state, :key, :settings, 0)",
            state = State::InProgress,
        );
        assert_eq!(insert.execute(&db).await, Ok(1));
        let stored = query_as!(
            migrations = "tests/query/migrations",
            (State, Key, Option<Settings>, String),
            "select name, email as \"email!\", tags, name as state from users"
        );
        let expected = (
            State::InProgress,
            key,
            Some(settings),
            "in_progress".to_owned(),
        );
        assert_eq!(stored.fetch_one(&db).await, Ok(expected));
        let other = query_scalar!(
            migrations = "tests/query/migrations",
            State,
            "select 'paused' as state"
        );
        let error = other.fetch_one(&db).await.expect_err("no such state");
        let message = "column state: expected one of pending, in_progress, found \"paused\"";
        assert_eq!(error, DbError::Decode(message.to_owned()));
        assert_ne!(State::Pending, State::InProgress);
    });
}

#[test]
fn the_rows_of_a_batch_are_read_by_the_reader_of_their_query() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(USERS).await;
        let rename = query!(
            migrations = "tests/query/migrations",
            "update users set name = 'Eve' where id = 1"
        );
        let (names, reader) = query_scalar!(
            migrations = "tests/query/migrations",
            "select name from users order by id"
        )
        .into_parts();
        let mut results = db.batch([rename, names]).await.expect("a batch");
        let names = results.read(1, reader).expect("names");
        assert_eq!(names, ["Eve", "Bob"]);
        assert_eq!(results.changes(0), Ok(1));
    });
}

#[test]
fn maps_are_json() {
    block_on(async {
        let (_app, db) = database().await;
        let map = BTreeMap::from([("a".to_owned(), 1)]);
        let insert = query!(
            migrations = "tests/query/migrations",
            "insert into users (name, tags, created_at) values ('x', :map, 0) returning tags as \"tags!: BTreeMap<String, i64>\"",
        );
        assert_eq!(
            insert.fetch_one(&db).await.map(|row| row.tags),
            Ok(map.clone())
        );
    });
}

#[test]
fn numbers_are_read_as_on_d1() {
    block_on(async {
        let (_app, db) = database().await;
        // D1 returns `2.0` as the integer `2`. So Whippet reads an integer as a float, and a float without a fraction
        // as an integer, if the field has this type.
        let whole = query_as!(
            migrations = "tests/query/migrations",
            (Option<i64>, f64),
            "select '5' ->> '$' as a, 2.0 as b"
        );
        assert_eq!(whole.fetch_one(&db).await, Ok((Some(5), 2.0)));
        let whole = query_scalar!(
            migrations = "tests/query/migrations",
            Option<i64>,
            "select '5.0' ->> '$' as a"
        );
        assert_eq!(whole.fetch_one(&db).await, Ok(Some(5)));
        let large = query_scalar!(
            migrations = "tests/query/migrations",
            "select 9007199254740993 as large"
        );
        let error = large.fetch_one(&db).await.expect_err("D1 rounds it");
        assert!(error.to_string().contains("9007199254740993"), "{error}");
    });
}

#[test]
fn any_type_is_read_from_json() {
    block_on(async {
        let (_app, db) = database().await;
        let json = query_scalar!(
            migrations = "tests/query/migrations",
            whippet::Json<(u8, String)>,
            "select '[1, \"a\"]' as pair"
        );
        let pair = json.fetch_one(&db).await.map(|json| json.0);
        assert_eq!(pair, Ok((1, "a".to_owned())));
    });
}
