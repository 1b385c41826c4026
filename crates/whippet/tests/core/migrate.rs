//! Migrations, and the table `d1_migrations`, which is the ledger of applied migrations.

use std::sync::Arc;

use whippet::host::Database;
use whippet::testing::{TestApp, TestAppBuilder};
use whippet::{App, DbError, MigrateError, Migration, Migrations, Rows, Statement, query};

const ONE: Migration = Migration {
    name: "0001_a.sql",
    sql: "create table a (x integer); insert into a values (1);",
};
const TWO: Migration = Migration {
    name: "0002_b.sql",
    sql: "-- builds on the first\nalter table a add column y text;\ninsert into a values (2, ';');",
};
const BROKEN: Migration = Migration {
    name: "0003_c.sql",
    sql: "create table c (x); insert into a values (3, ''); insert into no_table values (1);",
};

/// Starts a program with these migrations, but does not apply them.
async fn program(builder: TestAppBuilder, files: &'static [Migration]) -> TestApp {
    let app = App::new().migrations(Migrations::new(files));
    builder.unmigrated().start(|_| Ok(app)).await
}

async fn migrate(app: &TestApp) -> Result<Vec<&'static str>, MigrateError> {
    app.service().migrate().await
}

async fn ledger(app: &TestApp) -> Vec<String> {
    let ledger = query("select name from d1_migrations order by id");
    ledger.fetch_all(&app.context().db()).await.unwrap()
}

async fn pending(app: &TestApp) -> Result<Vec<&'static str>, MigrateError> {
    let context = app.context();
    let files = context.migrations().pending(&context.db()).await?;
    Ok(files.iter().map(|file| file.name).collect())
}

#[whippet::test]
async fn migrations_are_applied_once_and_in_order() {
    let app = program(TestApp::builder(), &[ONE, TWO]).await;
    assert_eq!(pending(&app).await, Ok(vec![ONE.name, TWO.name]));
    assert_eq!(migrate(&app).await, Ok(vec![ONE.name, TWO.name]));
    assert_eq!(pending(&app).await, Ok(vec![]));
    assert_eq!(migrate(&app).await, Ok(vec![]));
    assert_eq!(ledger(&app).await, [ONE.name, TWO.name]);
    let db = app.context().db();
    let rows = query("select x, y from a").fetch_all(&db);
    let expected: Vec<(i64, Option<String>)> = vec![(1, None), (2, Some(";".to_owned()))];
    assert_eq!(rows.await, Ok(expected));
}

#[whippet::test]
async fn only_new_migrations_are_applied() {
    let older = program(TestApp::builder(), &[ONE]).await;
    migrate(&older).await.unwrap();
    let newer = program(
        TestApp::builder().sharing_database_with(&older),
        &[ONE, TWO],
    )
    .await;
    assert_eq!(pending(&newer).await, Ok(vec![TWO.name]));
    assert_eq!(migrate(&newer).await, Ok(vec![TWO.name]));
}

#[whippet::test]
async fn a_failed_migration_is_rolled_back_and_earlier_migrations_stay_applied() {
    let app = program(TestApp::builder(), &[ONE, TWO, BROKEN]).await;
    let error = migrate(&app).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::Failed("0003_c.sql", _)),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("no such table: no_table"),
        "{error}"
    );
    assert_eq!(ledger(&app).await, [ONE.name, TWO.name]);
    let count =
        "select (select count(*) from a) + (select count(*) from sqlite_master where name = 'c')";
    assert_eq!(
        query(count).fetch_one::<i64>(&app.context().db()).await,
        Ok(2)
    );
}

#[whippet::test]
async fn a_program_older_than_its_schema_gets_an_error() {
    let newer = program(TestApp::builder(), &[ONE, TWO]).await;
    migrate(&newer).await.unwrap();
    let older = program(TestApp::builder().sharing_database_with(&newer), &[ONE]).await;
    let expected = MigrateError::Unknown(TWO.name.to_owned());
    assert_eq!(pending(&older).await, Err(expected.clone()));
    assert_eq!(migrate(&older).await, Err(expected));
}

#[whippet::test]
async fn a_migration_ledger_that_cannot_be_read_does_not_count_as_empty() {
    let app = program(TestApp::builder(), &[ONE]).await;
    app.sql("create table d1_migrations (id)").await;
    assert!(matches!(pending(&app).await, Err(MigrateError::Ledger(_))));
    let message = migrate(&app).await.unwrap_err().to_string();
    assert!(
        message.starts_with("the migration ledger d1_migrations cannot be read or created: "),
        "{message}"
    );
}

/// A database to which two processes write: the other process runs each batch just before this process runs the same
/// batch.
struct RacingDatabase(Arc<dyn Database>);

type DbFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

impl Database for RacingDatabase {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        Box::pin(async move {
            self.0.batch(statements.clone()).await?;
            self.0.batch(statements).await
        })
    }
}

#[whippet::test]
async fn a_migration_that_another_process_applies_concurrently_is_not_an_error() {
    let builder = TestApp::builder().database(|database| Arc::new(RacingDatabase(database)));
    let app = program(builder, &[ONE, TWO]).await;
    assert_eq!(migrate(&app).await, Ok(vec![]));
    assert_eq!(ledger(&app).await, [ONE.name, TWO.name]);
    let db = app.context().db();
    let rows = query("select count(*) from a").fetch_one::<i64>(&db);
    assert_eq!(rows.await, Ok(2));
}
