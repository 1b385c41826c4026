//! Test data from fixtures, SQL and the cases of `rstest`.

use rstest::rstest;
use whippet::testing::{Fixture, TestApp};
use whippet::{App, Migration, Migrations};

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_books.sql",
    sql: "create table books (id integer primary key, title text not null);",
}]);

/// A shelf with two books.
struct Shelf(TestApp);

impl Fixture for Shelf {
    async fn set_up() -> Self {
        let app = TestApp::new(|_| Ok(App::new().migrations(MIGRATIONS))).await;
        app.sql("insert into books values (1, 'one; two'); insert into books values (2, 'b');")
            .await;
        Self(app)
    }
}

struct Number(u8);

impl Fixture for Number {
    async fn set_up() -> Self {
        Self(7)
    }
}

#[whippet::test]
async fn every_fixture_argument_of_a_test_is_set_up(Shelf(app): Shelf, number: Number) {
    assert_eq!(app.row::<i64>("select count(*) from books").await, 2);
    assert_eq!(number.0, 7);
}

#[whippet::test]
async fn each_argument_gets_a_new_fixture(Shelf(one): Shelf, Shelf(two): Shelf) {
    one.sql("delete from books").await;
    assert_eq!(two.row::<i64>("select count(*) from books").await, 2);
}

#[rstest]
#[case::first(1, "one; two")]
#[case::second(2, "b")]
#[whippet::test]
async fn rstest_cases_are_tests(#[case] id: u8, #[case] title: &str) {
    let Shelf(app) = Shelf::set_up().await;
    let select = format!("select title from books where id = {id}");
    assert_eq!(app.row::<String>(&select).await, title);
}
