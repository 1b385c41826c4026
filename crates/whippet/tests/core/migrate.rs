//! Migrations and their ledger.

use whippet::host::Database;
use whippet::native::Sqlite;
use whippet::testing::block_on;
use whippet::{App, DbError, MigrateError, Migration, Migrations, Rows, Service, Statement, query};

use crate::support::{File, native};

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

fn service(files: &'static [Migration], database: impl Database + 'static) -> Service {
    native(App::new().migrations(Migrations::new(files)), database)
}

async fn ledger(service: &Service) -> Vec<String> {
    let ledger = query("select name from d1_migrations order by id");
    ledger.fetch_all(&service.context().db()).await.unwrap()
}

async fn pending(service: &Service) -> Result<Vec<&'static str>, MigrateError> {
    let context = service.context();
    let files = context.migrations().pending(context).await?;
    Ok(files.iter().map(|file| file.name).collect())
}

#[test]
fn migrations_are_applied_once_and_in_order() {
    block_on(async {
        let service = service(&[ONE, TWO], Sqlite::open(":memory:").unwrap());
        assert_eq!(pending(&service).await, Ok(vec![ONE.name, TWO.name]));
        assert_eq!(service.migrate().await, Ok(vec![ONE.name, TWO.name]));
        assert_eq!(pending(&service).await, Ok(vec![]));
        assert_eq!(service.migrate().await, Ok(vec![]));
        assert_eq!(ledger(&service).await, [ONE.name, TWO.name]);
        let db = service.context().db();
        let rows = query("select x, y from a").fetch_all(&db);
        let expected: Vec<(i64, Option<String>)> = vec![(1, None), (2, Some(";".to_owned()))];
        assert_eq!(rows.await, Ok(expected));
    });
}

#[test]
fn only_what_is_new_is_applied() {
    block_on(async {
        let file = File::new("only-what-is-new");
        service(&[ONE], file.open()).migrate().await.unwrap();
        let newer = service(&[ONE, TWO], file.open());
        assert_eq!(pending(&newer).await, Ok(vec![TWO.name]));
        assert_eq!(newer.migrate().await, Ok(vec![TWO.name]));
    });
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_keeps_those_before_it() {
    block_on(async {
        let service = service(&[ONE, TWO, BROKEN], Sqlite::open(":memory:").unwrap());
        let error = service.migrate().await.unwrap_err();
        assert!(
            matches!(&error, MigrateError::Failed("0003_c.sql", _)),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("no such table: no_table"),
            "{error}"
        );
        assert_eq!(ledger(&service).await, [ONE.name, TWO.name]);
        let left = "select (select count(*) from a) + (select count(*) from sqlite_master where name = 'c')";
        assert_eq!(
            query(left).fetch_one::<i64>(&service.context().db()).await,
            Ok(2)
        );
    });
}

#[test]
fn a_program_older_than_its_schema_is_told_so() {
    block_on(async {
        let file = File::new("older-than-its-schema");
        service(&[ONE, TWO], file.open()).migrate().await.unwrap();
        let older = service(&[ONE], file.open());
        let expected = MigrateError::Unknown(TWO.name.to_owned());
        assert_eq!(pending(&older).await, Err(expected.clone()));
        assert_eq!(older.migrate().await, Err(expected));
    });
}

/// A database on which another process does everything just before this one.
struct Overtaken(Sqlite);

type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

impl Database for Overtaken {
    fn fetch(&self, statement: Statement) -> Answer<'_, Rows> {
        self.0.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> Answer<'_, u64> {
        self.0.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Rows>> {
        Box::pin(async move {
            self.0.batch(statements.clone()).await?;
            self.0.batch(statements).await
        })
    }
}

#[test]
fn a_migration_that_another_process_applies_meanwhile_is_no_error() {
    block_on(async {
        let service = service(&[ONE, TWO], Overtaken(Sqlite::open(":memory:").unwrap()));
        assert_eq!(service.migrate().await, Ok(vec![]));
        assert_eq!(ledger(&service).await, [ONE.name, TWO.name]);
        let db = service.context().db();
        let rows = query("select count(*) from a").fetch_one::<i64>(&db);
        assert_eq!(rows.await, Ok(2));
    });
}
