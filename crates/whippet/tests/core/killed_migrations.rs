//! Migrations whose process may end at any statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use whippet::host::Database;
use whippet::testing::{TestApp, TestAppBuilder};
use whippet::{App, DbError, Migration, Migrations, Rows, Statement, migrations, query};

/// The migrations of Relay.
const RELAY: Migrations = migrations!("../../migrations");

/// Migrations that rebuild a table to which another table refers, and that write many rows.
const REBUILD: &[Migration] = &[
    Migration {
        name: "0001_tables.sql",
        sql: "create table users (id integer primary key, name text) strict;
            create table posts (id integer primary key, user_id integer not null references users (id) on delete cascade);
            create index posts_user on posts (user_id);
            insert into users values (1, null), (2, 'b');
            insert into posts values (1, 1), (2, 1), (3, 2);",
    },
    Migration {
        name: "0002_rebuild.sql",
        sql: "create table posts_keep as select * from posts;
            create table users_new (id integer primary key, name text not null) strict;
            insert into users_new select id, coalesce(name, '') from users;
            drop table users;
            alter table users_new rename to users;
            insert into posts select * from posts_keep;
            drop table posts_keep;
            create trigger users_named after update on users begin select new.name; end;",
    },
    Migration {
        name: "0003_view.sql",
        sql: "create view named as select name from users; alter table users add column age integer;",
    },
];

/// A database whose process ends after a number of statements. Then further statements fail, and a transaction that is
/// not committed is rolled back.
struct DyingDatabase {
    database: Arc<dyn Database>,
    left: Arc<AtomicUsize>,
}

type DbFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

fn ended<'a, T>() -> DbFuture<'a, T> {
    Box::pin(async { Err(DbError::Database("the process has ended".to_owned())) })
}

impl DyingDatabase {
    /// Counts the next `count` statements, and returns how many of them run before the process ends.
    fn take(&self, count: usize) -> usize {
        let left = self.left.load(Ordering::Relaxed);
        let taken = left.min(count);
        self.left.store(left - taken, Ordering::Relaxed);
        taken
    }
}

impl Database for DyingDatabase {
    fn fetch(&self, statement: Statement) -> DbFuture<'_, Rows> {
        match self.take(1) {
            0 => ended(),
            _ => self.database.fetch(statement),
        }
    }

    fn execute(&self, statement: Statement) -> DbFuture<'_, u64> {
        match self.take(1) {
            0 => ended(),
            _ => self.database.execute(statement),
        }
    }

    fn batch(&self, mut statements: Vec<Statement>) -> DbFuture<'_, Vec<Rows>> {
        // The commit is a statement too.
        let count = statements.len();
        let taken = self.take(count + 1);
        if taken > count {
            return self.database.batch(statements);
        }
        statements.truncate(taken);
        statements.push(Statement {
            sql: "select the_process_has_ended".into(),
            values: Vec::new(),
        });
        self.database.batch(statements)
    }
}

async fn program(builder: TestAppBuilder, migrations: Migrations) -> TestApp {
    let app = App::new().migrations(migrations);
    builder.unmigrated().start(|_| Ok(app)).await
}

/// Returns the schema, the ledger and the rows that the migrations have written.
async fn state(app: &TestApp) -> (Vec<(String, Option<String>)>, Vec<String>, Vec<i64>) {
    let db = app.context().db();
    let schema = query("select type || ' ' || name, sql from sqlite_master order by 1");
    let schema = schema.fetch_all(&db).await.expect("the schema");
    let ledger = query(
        "select l.name || c.checksum from d1_migrations l join whippet_migrations c on c.name = l.name",
    );
    let ledger = ledger.fetch_all(&db).await.expect("the ledger");
    let mut counts = Vec::new();
    for table in ["users", "posts"] {
        let count = query(whippet::AssertSqlSafe(format!(
            "select count(*) from {table}"
        )));
        counts.extend(count.fetch_optional::<i64>(&db).await.ok().flatten());
    }
    (schema, ledger, counts)
}

async fn complete(migrations: Migrations) -> TestApp {
    let app = program(TestApp::builder(), migrations).await;
    app.service().migrate().await.expect("the migrations");
    app
}

#[whippet::test]
async fn a_process_that_ends_at_any_statement_leaves_a_state_that_migrates_to_the_end() {
    for migrations in [Migrations::new(REBUILD), RELAY] {
        let expected = state(&complete(migrations).await).await;
        let mut statements = 0;
        loop {
            let app = program(TestApp::builder(), migrations).await;
            let left = Arc::new(AtomicUsize::new(statements));
            let dying = Arc::clone(&left);
            let builder = TestApp::builder().sharing_database_with(&app);
            let builder = builder.database(move |database| {
                Arc::new(DyingDatabase {
                    database,
                    left: dying,
                })
            });
            let has_ended = program(builder, migrations)
                .await
                .service()
                .migrate()
                .await
                .is_err();
            app.service()
                .migrate()
                .await
                .expect("the rest of the migrations");
            assert_eq!(state(&app).await, expected, "after {statements} statements");
            if !has_ended {
                break;
            }
            statements += 1;
        }
        // More statements run than the files contain, because Whippet also records each migration in the ledgers.
        let files = migrations.files().iter();
        let in_files: usize = files.map(|file| file.sql.matches(";\n").count()).sum();
        assert!(statements > in_files, "{statements} of {in_files}");
    }
}

#[whippet::test]
async fn every_prefix_of_the_migrations_leads_to_the_same_schema() {
    let files = RELAY.files();
    let expected = state(&complete(RELAY).await).await;
    for length in 0..=files.len() {
        let app = complete(Migrations::new(&files[..length])).await;
        let newer = program(TestApp::builder().sharing_database_with(&app), RELAY).await;
        let applied = newer.service().migrate().await.expect("the rest");
        assert_eq!(applied.len(), files.len() - length);
        assert_eq!(state(&newer).await, expected, "from {length} files");
    }
}
