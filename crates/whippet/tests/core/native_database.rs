//! The SQLite file of the native host: concurrent reads and writes, the queue of writes, and the file's permissions.

use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use whippet::native::{Sqlite, SqliteOptions};
use whippet::testing::block_on;
use whippet::{App, Db, DbError, Service, query};

use crate::native_host::native;

/// The maximum time that a test waits for something to happen.
const SOON: Duration = Duration::from_secs(30);

/// A read that never ends.
const ENDLESS: &str =
    "with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) from n";

/// Returns the path for the new database of a test. The file does not exist yet.
fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("native-database")
        .join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder.join("app.db")
}

/// Opens the database of a test, with a table `numbers`.
async fn open(name: &str) -> (Service, Db) {
    let file = path(name);
    let service = native(App::new(), Sqlite::open(file.to_str().unwrap()).unwrap());
    let db = service.context().db();
    query("create table numbers (x integer not null) strict")
        .execute(&db)
        .await
        .unwrap();
    (service, db)
}

async fn count(db: &Db) -> i64 {
    query("select count(*) from numbers")
        .fetch_one(db)
        .await
        .unwrap()
}

fn insert() -> whippet::Query {
    query("insert into numbers values (1)")
}

/// Polls a future once.
async fn poll<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
    std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut future).poll(context))).await
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, work)
        .await
        .expect("the work ends")
}

#[test]
fn a_slow_read_delays_neither_writes_nor_other_reads() {
    block_on(async {
        let (_service, db) = open("slow").await;
        let mut slow = Box::pin(query(ENDLESS).fetch_one::<i64>(&db));
        assert!(poll(&mut slow).await.is_pending());
        soon(async {
            for expected in 1..=20 {
                insert().execute(&db).await.unwrap();
                assert_eq!(count(&db).await, expected);
            }
        })
        .await;
        assert!(poll(&mut slow).await.is_pending());
    });
}

#[test]
fn an_abandoned_read_is_interrupted() {
    block_on(async {
        let (_service, db) = open("interrupted").await;
        let readers = SqliteOptions::default().readers;
        for _ in 0..3 {
            let mut slow: Vec<_> = (0..readers)
                .map(|_| Box::pin(query(ENDLESS).fetch_one::<i64>(&db)))
                .collect();
            for read in &mut slow {
                assert!(poll(read).await.is_pending());
            }
            drop(slow);
            assert_eq!(soon(count(&db)).await, 0);
        }
    });
}

#[test]
fn a_read_that_starts_after_a_write_has_returned_sees_the_write() {
    block_on(async {
        let (_service, db) = open("own-writes").await;
        for expected in 1..=200 {
            insert().execute(&db).await.unwrap();
            let counts = join_all((0..4).map(|_| count(&db))).await;
            assert_eq!(counts, [expected; 4]);
        }
    });
}

#[test]
fn a_statement_that_writes_and_returns_rows_is_a_write() {
    block_on(async {
        let (_service, db) = open("returning").await;
        for (sql, expected) in [
            ("insert into numbers values (1) returning x", 1),
            (
                "with n (x) as (select 2) insert into numbers select x from n returning x",
                2,
            ),
            ("update numbers set x = 3 where x = 1 returning x", 3),
        ] {
            assert_eq!(
                query(sql).fetch_one::<i64>(&db).await,
                Ok(expected),
                "{sql}"
            );
        }
        assert_eq!(count(&db).await, 2);
    });
}

#[test]
fn a_read_of_a_batch_sees_the_writes_of_the_batch() {
    block_on(async {
        let (_service, db) = open("batch").await;
        let count = || query("select count(*) from numbers");
        let results = db
            .batch([insert(), count(), insert(), count()])
            .await
            .unwrap();
        assert_eq!(results.rows::<i64>(1), Ok(vec![1]));
        assert_eq!(results.rows::<i64>(3), Ok(vec![2]));
    });
}

#[test]
fn a_read_sees_the_columns_that_another_connection_has_added() {
    block_on(async {
        let (_service, db) = open("columns").await;
        insert().execute(&db).await.unwrap();
        let all = || query("select * from numbers");
        assert_eq!(all().fetch_all::<(i64,)>(&db).await, Ok(vec![(1,)]));
        query("alter table numbers add column y integer not null default 2")
            .execute(&db)
            .await
            .unwrap();
        for _ in 0..8 {
            assert_eq!(all().fetch_all::<(i64, i64)>(&db).await, Ok(vec![(1, 2)]));
        }
    });
}

#[test]
fn processes_that_open_a_new_database_at_the_same_time_wait_for_each_other() {
    for round in 0..20 {
        let file = path(&format!("opened-at-once-{round}"));
        let file = file.to_str().unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Sqlite::open(file).unwrap());
            }
        });
    }
}

/// Runs `work` while another connection locks the database, so that writes wait.
async fn while_locked<T>(name: &str, work: impl AsyncFnOnce(&Db) -> T) -> (T, Service, Db) {
    let (service, db) = open(name).await;
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("native-database")
        .join(name)
        .join("app.db");
    let other = native(App::new(), Sqlite::open(file.to_str().unwrap()).unwrap());
    let other = other.context().db();
    query("begin immediate").execute(&other).await.unwrap();
    let done = work(&db).await;
    query("rollback").execute(&other).await.unwrap();
    (done, service, db)
}

#[test]
fn a_write_that_is_abandoned_before_it_starts_does_not_run() {
    block_on(async {
        let ((), _service, db) = while_locked("abandoned", async |db| {
            let mut first = Box::pin(insert().execute(db));
            assert!(poll(&mut first).await.is_pending());
            for _ in 0..10 {
                assert!(poll(Box::pin(insert().execute(db))).await.is_pending());
            }
            drop(first);
        })
        .await;
        insert().execute(&db).await.unwrap();
        // The first write may have started before it was dropped, so it may have taken effect.
        let count = count(&db).await;
        assert!((1..=2).contains(&count), "{count} writes ran");
    });
}

#[test]
fn a_write_fails_as_busy_when_too_many_writes_wait() {
    block_on(async {
        let (busy, _service, db) = while_locked("queue", async |db| {
            let mut waiting = Vec::new();
            loop {
                let mut write = Box::pin(insert().execute(db));
                match poll(&mut write).await {
                    Poll::Pending => waiting.push(write),
                    Poll::Ready(result) => break (result, waiting.len()),
                }
                assert!(waiting.len() < 10_000, "the queue has no limit");
            }
        })
        .await;
        let (result, waiting) = busy;
        assert!(matches!(result, Err(DbError::Busy(_))), "{result:?}");
        assert!((1024..=1025).contains(&waiting), "{waiting}");
        // The queue discards the abandoned writes.
        soon(async {
            while let Err(error) = insert().execute(&db).await {
                assert!(matches!(error, DbError::Busy(_)), "{error:?}");
                tokio::task::yield_now().await;
            }
        })
        .await;
    });
}

#[test]
fn a_change_is_on_the_disk_when_the_query_returns_unless_the_options_say_otherwise() {
    block_on(async {
        let (_service, db) = open("synchronous").await;
        // 2 is `full` (https://sqlite.org/pragma.html#pragma_synchronous).
        assert_eq!(
            query("pragma synchronous").fetch_one::<i64>(&db).await,
            Ok(2)
        );
    });
}

#[cfg(unix)]
#[test]
fn only_the_user_of_the_process_can_read_a_new_database() {
    use std::os::unix::fs::PermissionsExt;

    block_on(async {
        let file = path("access");
        let uri = format!("file:{}", file.with_file_name("uri.db").display());
        for (database, file) in [
            (file.to_str().unwrap(), file.clone()),
            (&uri, file.with_file_name("uri.db")),
        ] {
            let service = native(App::new(), Sqlite::open(database).unwrap());
            let db = service.context().db();
            query("create table t (x)").execute(&db).await.unwrap();
            for suffix in ["", "-wal", "-shm"] {
                let file = format!("{}{suffix}", file.display());
                let mode = fs::metadata(&file).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{file}");
            }
        }
    });
}

/// Runs the writes while another write keeps the writer thread busy, so that they wait together. Returns their results.
async fn wait_together(db: &Db, writes: Vec<Vec<whippet::Query>>) -> Vec<Result<(), DbError>> {
    let busy = query(
        "insert into numbers with recursive n (x) as (select 1 union all select x + 1 from n where x < 300000) \
         select x from n",
    );
    let busy = busy.execute(db);
    let writes = writes
        .into_iter()
        .map(|queries| async { db.batch(queries).await.map(drop) });
    let (busy, results) = futures_util::join!(busy, join_all(writes));
    busy.unwrap();
    results
}

#[test]
fn a_write_that_fails_does_not_affect_the_writes_that_wait_with_it() {
    block_on(async {
        let (_service, db) = open("together").await;
        let tables = [
            "create table parents (id integer primary key) strict",
            "create table children (parent integer references parents deferrable initially deferred) strict",
            "create table names (name text unique) strict",
        ];
        db.batch(tables.map(query)).await.unwrap();
        let name = |text: &str| query("insert into names values (?1)").bind(text);
        let writes = vec![
            vec![name("a")],
            // The second statement fails, so the first one has no effect either.
            vec![name("lost"), name("a")],
            vec![name("b")],
            // Fails at the commit.
            vec![query("insert into children values (7)")],
            vec![name("c"), name("d")],
            // SQLite rolls back the whole transaction.
            vec![query("insert or rollback into names values ('a')")],
            vec![query("create table more (x integer) strict")],
            vec![name("e")],
            vec![query("insert into more values (1)")],
        ];
        let results = wait_together(&db, writes).await;
        let failed = |number: usize| results[number].as_ref().unwrap_err();
        assert!(failed(1).is_unique("names.name"), "{results:?}");
        assert_eq!(*failed(3), DbError::ForeignKey, "{results:?}");
        assert!(failed(5).is_unique("names.name"), "{results:?}");
        let succeeded: Vec<_> = (0..results.len()).filter(|n| results[*n].is_ok()).collect();
        assert_eq!(succeeded, [0, 2, 4, 6, 7, 8]);
        let names: Vec<String> = query("select name from names order by name")
            .fetch_all(&db)
            .await
            .unwrap();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
    });
}

#[test]
fn writes_that_wait_together_are_all_written_and_counted() {
    block_on(async {
        let (_service, db) = open("many").await;
        let writes = (0..1000).map(|_| vec![insert(), insert()]);
        let results = wait_together(&db, writes.collect()).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(count(&db).await, 302_000);
    });
}
