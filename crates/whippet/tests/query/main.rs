//! Tests of queries that are checked at compile time.

mod columns;
mod pages;
mod pieces;
mod values;

use whippet::testing::TestApp;
use whippet::{App, Db, migrations};

/// Creates a database with the schema that the queries are checked against.
async fn database() -> (TestApp, Db) {
    let app = App::new().migrations(migrations!("tests/query/migrations"));
    let app = TestApp::new(|_| Ok(app)).await;
    let db = app.context().db();
    (app, db)
}
