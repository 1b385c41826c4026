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
    sql: "create table c (x); insert into a values (3, '');\n insert into no_table values (1);\ncreate table d (x);",
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
        matches!(
            &error,
            MigrateError::Failed {
                name: "0003_c.sql",
                line: Some(2),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("line 2: no such table: no_table"),
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
async fn a_program_that_is_older_than_a_changed_schema_gets_an_error() {
    const CHANGES: Migration = Migration {
        name: "0002_changes.sql",
        sql: "alter table a rename column x to z",
    };
    let newer = program(TestApp::builder(), &[ONE, CHANGES]).await;
    migrate(&newer).await.unwrap();
    let older = program(TestApp::builder().sharing_database_with(&newer), &[ONE]).await;
    let expected = MigrateError::Unknown(CHANGES.name.to_owned());
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

/// A database to which another process also writes. The other process runs each batch just before this process runs the
/// same batch.
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

#[whippet::test]
async fn a_migration_is_split_into_statements_as_sqlite_splits_it() {
    const TRIGGER: Migration = Migration {
        name: "0001_trigger.sql",
        sql: "create table spans (begin integer, end integer, length integer);
            create trigger spans_length after insert on spans begin
                update spans set length = new.end - new.begin where rowid = new.rowid;
                update spans set length = case when length < 0 then 0 else length end;
            end;
            insert into spans (begin, end) values (1, 4);",
    };
    let app = program(TestApp::builder(), &[TRIGGER]).await;
    assert_eq!(migrate(&app).await, Ok(vec![TRIGGER.name]));
    let db = app.context().db();
    let length = query("select length from spans").fetch_one::<i64>(&db);
    assert_eq!(length.await, Ok(3));
}

#[whippet::test]
async fn a_program_that_is_older_than_its_schema_stays_ready_if_the_newer_migrations_only_add() {
    const ADDS: Migration = Migration {
        name: "0002_adds.sql",
        sql: "alter table a add column y text; create table b (x)",
    };
    let newer = program(TestApp::builder(), &[ONE, ADDS]).await;
    migrate(&newer).await.unwrap();
    let app = App::new().migrations(Migrations::new(&[ONE]));
    let builder = TestApp::builder().sharing_database_with(&newer);
    let older = builder
        .unmigrated()
        .start(|_| Ok(whippet::health::routes(app)))
        .await;
    assert_eq!(pending(&older).await, Ok(vec![]));
    assert_eq!(migrate(&older).await, Ok(vec![]));
    older.get("/readyz").await.assert_status(200);
    older
        .sql("update whippet_migrations set only_adds = 0 where name = '0002_adds.sql'")
        .await;
    for _ in 0..3 {
        older.get("/readyz").await.assert_problem(503, "not_ready");
    }
    let mismatch = older
        .logs()
        .with("message", "the schema does not match the program");
    assert_eq!(mismatch.len(), 1);
}

#[whippet::test]
async fn a_migration_that_is_edited_after_it_was_applied_is_an_error() {
    const COMMENTED: Migration = Migration {
        name: ONE.name,
        sql: "-- a comment\ncreate table a (x integer);\n\ninsert into a values (1);",
    };
    const EDITED: Migration = Migration {
        name: ONE.name,
        sql: "create table a (x text); insert into a values (1);",
    };
    let original = program(TestApp::builder(), &[ONE]).await;
    migrate(&original).await.unwrap();
    let sharing = || TestApp::builder().sharing_database_with(&original);
    let commented = program(sharing(), &[COMMENTED]).await;
    assert_eq!(migrate(&commented).await, Ok(vec![]));
    let edited = program(sharing(), &[EDITED, TWO]).await;
    let error = migrate(&edited).await.unwrap_err();
    assert_eq!(error, MigrateError::Edited(ONE.name.to_owned()));
    assert!(error.to_string().contains("restore the file"), "{error}");
    assert_eq!(ledger(&original).await, [ONE.name]);
}

#[whippet::test]
async fn a_migration_is_an_error_if_a_later_migration_was_applied_before_it() {
    let app = program(TestApp::builder(), &[ONE, TWO]).await;
    migrate(&app).await.unwrap();
    app.sql("delete from d1_migrations where name = '0001_a.sql'")
        .await;
    let error = migrate(&app).await.unwrap_err();
    let expected = MigrateError::Skipped {
        pending: ONE.name.to_owned(),
        applied: TWO.name.to_owned(),
    };
    assert_eq!(error, expected);
}

#[whippet::test]
async fn the_checksums_of_migrations_that_wrangler_has_applied_are_recorded() {
    let app = program(TestApp::builder(), &[ONE, TWO]).await;
    migrate(&app).await.unwrap();
    app.sql("drop table whippet_migrations").await;
    assert_eq!(pending(&app).await, Ok(vec![]));
    assert_eq!(migrate(&app).await, Ok(vec![]));
    let db = app.context().db();
    let recorded = query("select name, only_adds from whippet_migrations order by name");
    let expected = vec![(ONE.name.to_owned(), true), (TWO.name.to_owned(), true)];
    assert_eq!(
        recorded.fetch_all::<(String, bool)>(&db).await,
        Ok(expected)
    );
}

#[whippet::test]
async fn the_error_of_a_deferred_constraint_in_a_migration_has_no_line() {
    const DEFERRED: Migration = Migration {
        name: "0001_deferred.sql",
        sql: "create table p (id integer primary key);
            create table c (p integer references p (id) deferrable initially deferred);
            insert into c values (1);",
    };
    let app = program(TestApp::builder(), &[DEFERRED]).await;
    let expected = MigrateError::Failed {
        name: DEFERRED.name,
        line: None,
        error: DbError::ForeignKey,
    };
    assert_eq!(migrate(&app).await, Err(expected));
    assert_eq!(pending(&app).await, Ok(vec![DEFERRED.name]));
}
