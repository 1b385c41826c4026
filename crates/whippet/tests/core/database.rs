//! Queries and batches.

use whippet::testing::{Fixture, TestApp};
use whippet::{App, Db, DbError, MAX_INTEGER, Migration, Migrations, Query, query};

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_books.sql",
    sql: "create table authors (id integer primary key, name text unique);
          create table books (id integer primary key, author integer not null references authors (id));
          create table notes (author integer not null references authors (id) on delete cascade);",
}]);

struct Books(TestApp);

impl Fixture for Books {
    async fn set_up() -> Self {
        Self(TestApp::new(|_| Ok(App::new().migrations(MIGRATIONS))).await)
    }
}

/// Returns a query that inserts an author.
fn author(id: i64, name: &str) -> whippet::Query {
    query("insert into authors values (?1, ?2)")
        .bind(id)
        .bind(name)
}

/// Counts the authors.
async fn authors(db: &Db) -> i64 {
    let count = query("select count(*) from authors");
    count.fetch_one(db).await.unwrap()
}

#[whippet::test]
async fn a_failed_batch_writes_nothing(Books(app): Books) {
    let db = app.context().db();
    for last in [
        author(1, "again"),
        query("insert into books values (1, 99)"),
        query("select no_such_column from authors"),
        query("this is not sql"),
        query("select ?1").bind(MAX_INTEGER + 1),
    ] {
        let batch = db.batch([author(1, "a"), author(2, "b"), last]).await;
        assert!(batch.is_err());
        assert_eq!(authors(&db).await, 0);
    }
    db.batch([author(1, "a"), author(2, "b")]).await.unwrap();
    assert_eq!(authors(&db).await, 2);
}

#[whippet::test]
async fn a_batch_returns_the_rows_and_changes_of_each_query(Books(app): Books) {
    let db = app.context().db();
    let results = db
        .batch([
            author(1, "a"),
            query("insert into authors values (2, 'b'), (3, 'c') returning id"),
            query("update authors set name = name || '!' where id > 1"),
            query("select name from authors order by id"),
            query("delete from authors where id = 99"),
        ])
        .await
        .unwrap();
    let changes: Vec<_> = (0..5)
        .map(|index| results.changes(index).unwrap())
        .collect();
    assert_eq!(changes, [1, 2, 2, 0, 0]);
    assert_eq!(results.rows::<i64>(1), Ok(vec![2, 3]));
    assert_eq!(results.rows::<String>(3).unwrap(), ["a", "b!", "c!"]);
    assert!(matches!(results.changes(5), Err(DbError::Decode(_))));
    let empty = db.batch(std::iter::empty::<Query>()).await.unwrap();
    assert!(empty.rows::<i64>(0).is_err());
}

#[whippet::test]
async fn a_query_fetches_one_row_an_optional_row_or_all_rows(Books(app): Books) {
    let db = app.context().db();
    let none = || query("select 1 where false");
    assert_eq!(none().fetch_one::<i64>(&db).await, Err(DbError::NoRow));
    assert_eq!(none().fetch_optional::<i64>(&db).await, Ok(None));
    assert_eq!(none().fetch_all::<i64>(&db).await, Ok(vec![]));
    let two = || query("select 1 union select 2");
    assert_eq!(two().fetch_one::<i64>(&db).await, Ok(1));
    assert_eq!(two().fetch_all::<i64>(&db).await, Ok(vec![1, 2]));
}

#[whippet::test]
async fn unique_and_foreign_key_violations_have_their_own_errors(Books(app): Books) {
    let db = app.context().db();
    author(1, "a").execute(&db).await.unwrap();
    let by_name = author(2, "a").execute(&db).await.unwrap_err();
    assert!(by_name.is_unique("authors.name") && !by_name.is_unique("authors.id"));
    let by_id = author(1, "b").execute(&db).await.unwrap_err();
    assert!(by_id.is_unique("authors.id"));
    let book = query("insert into books values (1, 99)");
    assert_eq!(book.execute(&db).await, Err(DbError::ForeignKey));
    query("insert into books values (1, 1)")
        .execute(&db)
        .await
        .unwrap();
    let referenced = query("delete from authors");
    assert_eq!(referenced.execute(&db).await, Err(DbError::ForeignKey));
    let null = query("insert into books values (2, null)")
        .execute(&db)
        .await;
    assert!(matches!(null, Err(DbError::Database(_))));
}

#[whippet::test]
async fn parameters_must_match_placeholders(Books(app): Books) {
    let db = app.context().db();
    for query in [
        query("select ?1, ?2 as b").bind(1),
        query("select 1").bind(1),
    ] {
        assert!(matches!(
            query.execute(&db).await,
            Err(DbError::Database(_))
        ));
    }
}

#[whippet::test]
async fn two_columns_with_the_same_name_are_rejected(Books(app): Books) {
    let db = app.context().db();
    let twice = query("select a.id, b.id from authors a, authors b");
    let error = twice.fetch_all::<(i64, i64)>(&db).await.unwrap_err();
    assert!(
        error.to_string().starts_with("two columns are named id"),
        "{error}"
    );
}

#[whippet::test]
async fn a_query_with_two_statements_is_rejected(Books(app): Books) {
    let db = app.context().db();
    author(1, "a").execute(&db).await.unwrap();
    let two = query("select 1; delete from authors");
    assert!(matches!(two.execute(&db).await, Err(DbError::Limit(_))));
    assert_eq!(authors(&db).await, 1);
}

#[whippet::test]
async fn execute_returns_the_number_of_rows_that_a_query_changed(Books(app): Books) {
    let db = app.context().db();
    author(1, "a").execute(&db).await.unwrap();
    let notes = "insert into notes values (1), (1)";
    for (sql, changes) in [
        (notes, 2),
        ("select * from notes", 0),
        ("create table t (x)", 0),
        ("delete from books", 0),
        ("delete from authors", 3),
    ] {
        assert_eq!(query(sql).execute(&db).await, Ok(changes), "{sql}");
    }
}
