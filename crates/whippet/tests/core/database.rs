//! Queries and batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use whippet::host::Database;
use whippet::testing::{Fixture, TestApp};
use whippet::{
    App, Db, DbError, MAX_INTEGER, Migration, Migrations, Problem, Query, Rows, Statement, get,
    post, query, routes,
};

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
}

#[whippet::test]
async fn violations_of_other_constraints_name_the_column_or_the_check(Books(app): Books) {
    let db = app.context().db();
    query("create table pens (color text not null constraint pens_color check (color <> 'x'), width check (width > 0))")
        .execute(&db)
        .await
        .unwrap();
    let run = async |sql| query(sql).execute(&db).await.unwrap_err();
    let null = run("insert into pens values (null, 1)").await;
    let expected = DbError::NotNull {
        table: "pens".to_owned(),
        column: "color".to_owned(),
    };
    assert_eq!(null, expected);
    assert_eq!(null.to_string(), "pens.color must not be null");
    let named = run("insert into pens values ('x', 1)").await;
    assert!(
        named.is_check("pens_color") && !named.is_check("pens"),
        "{named:?}"
    );
    let unnamed = run("insert into pens values ('y', 0)").await;
    assert!(unnamed.is_check("width > 0"), "{unnamed:?}");
}

/// A database that returns `Busy` while its counter is above 0. Each call decreases the counter.
struct Busy(Arc<dyn Database>, Arc<AtomicU32>);

impl Busy {
    fn run<'a, T: Send + 'a>(
        &'a self,
        run: BoxFuture<'a, Result<T, DbError>>,
    ) -> BoxFuture<'a, Result<T, DbError>> {
        let is_busy = self.1.load(Ordering::Relaxed) > 0;
        if is_busy {
            self.1.fetch_sub(1, Ordering::Relaxed);
            let busy =
                DbError::Busy("D1 DB is overloaded. Requests queued for too long.".to_owned());
            return Box::pin(std::future::ready(Err(busy)));
        }
        run
    }
}

impl Database for Busy {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        self.run(self.0.fetch(statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        self.run(self.0.execute(statement))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        self.run(self.0.batch(statements))
    }
}

#[get("/count")]
async fn count(db: Db) -> Result<String, Problem> {
    let count: i64 = query("select count(*) from sqlite_master")
        .fetch_one(&db)
        .await?;
    Ok(count.to_string())
}

#[post("/table")]
async fn create(db: Db) -> Result<String, Problem> {
    query("create table t (x)").execute(&db).await?;
    Ok("created".to_owned())
}

async fn busy_app() -> (TestApp, Arc<AtomicU32>) {
    let times = Arc::new(AtomicU32::new(0));
    let shared = Arc::clone(&times);
    let builder = TestApp::builder().database(move |database| Arc::new(Busy(database, shared)));
    let app = builder
        .start(|_| Ok(App::new().routes(routes![count, create])))
        .await;
    (app, times)
}

#[whippet::test]
async fn a_read_of_a_busy_database_is_repeated() {
    let (app, times) = busy_app().await;
    for (busy, status) in [(0, 200), (1, 200), (2, 200), (3, 503)] {
        times.store(busy, Ordering::Relaxed);
        let (response, _) = tokio::join!(app.get("/count").into_future(), app.advance("1s"));
        response.assert_status(status);
        assert_eq!(times.load(Ordering::Relaxed), 0);
    }
}

#[whippet::test]
async fn a_write_to_a_busy_database_is_not_repeated_and_responds_503_with_retry_after() {
    let (app, times) = busy_app().await;
    times.store(1, Ordering::Relaxed);
    let response = app.post("/table").await;
    response
        .assert_problem(503, "unavailable")
        .assert_header("retry-after", "5");
    let failed = app.logs().with("status", 503);
    assert!(
        format!("{failed:?}").contains("D1 DB is overloaded"),
        "{failed:?}"
    );
    app.post("/table").await.assert_status(200);
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
