//! The task runner on the native host, in real time.

use std::fs;
use std::future::ready;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use whippet::axum::extract::{FromRequestParts, Request};
use whippet::host::{Budget, Database, Host, WakeUp};
use whippet::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};
use whippet::testing::block_on;
use whippet::{App, Config, Query, Service, Tasks, query};

use crate::claims::{Disk, FullDatabase};
use crate::gate::{Gate, Work, enqueue, with_gate};
use crate::support::{budget, ran};

/// Starts the app on the native host with this database, but applies no migrations.
pub(crate) fn native(app: App, database: impl Database + 'static) -> Service {
    native_with_queue(app, database, Arc::new(Runner::default()))
}

fn native_with_queue(
    app: App,
    database: impl Database + 'static,
    wake_up: Arc<dyn WakeUp>,
) -> Service {
    let host = Host {
        name: "native",
        config: Config::default(),
        database: Arc::new(database),
        http: Arc::new(Client::new().unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up,
        docs: None,
    };
    app.into_service(host).unwrap()
}

#[test]
fn tasks_that_hang_in_most_slots_do_not_delay_other_tasks() {
    block_on(async {
        let service = native(
            with_gate(Gate::default()),
            Sqlite::open(":memory:").unwrap(),
        );
        service.migrate().await.unwrap();
        let db = service.context().db();
        for id in ["a", "b", "c"] {
            enqueue(&db, id, true).await;
        }
        let (mut parts, ()) = Request::new(()).into_parts();
        let Ok(tasks) = Tasks::from_request_parts(&mut parts, service.context()).await;
        let other = async {
            let started = "select count(*) from tasks where lease is not null";
            while query(started).fetch_one::<i64>(&db).await != Ok(3) {
                tokio::task::yield_now().await;
            }
            tasks.send(&Work { hangs: false }).await.unwrap();
            while ran(&db).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = service.run_due_tasks_within(budget(4, 1000)) => panic!("the tasks do not hang"),
            () = other => {}
            () = tokio::time::sleep(Duration::from_secs(30)) => panic!("the other task waits"),
        }
    });
}

/// Counts the wake-ups of the runner.
#[derive(Default)]
struct WakeUpCounter(AtomicUsize);

impl WakeUp for WakeUpCounter {
    fn wake(&self, _: Duration) -> BoxFuture<'_, ()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready(()))
    }

    fn budget(&self) -> Budget {
        budget(1, 1)
    }
}

#[test]
fn only_a_query_that_enqueues_a_task_wakes_the_task_runner() {
    block_on(async {
        let woken = Arc::new(WakeUpCounter::default());
        let count = || woken.0.load(Ordering::Relaxed);
        let database = Sqlite::open(":memory:").unwrap();
        let service = native_with_queue(with_gate(Gate::default()), database, woken.clone());
        service.migrate().await.unwrap();
        let db = service.context().db();
        let (mut parts, ()) = Request::new(()).into_parts();
        let Ok(tasks) = Tasks::from_request_parts(&mut parts, service.context()).await;
        let work = || Query::from(tasks.enqueue(&Work { hangs: false }));

        enqueue(&db, "another process's", false).await;
        db.batch([query("select 1")]).await.unwrap();
        query("select 1").fetch_one::<i64>(&db).await.unwrap();
        assert_eq!(count(), 0);
        work().execute(&db).await.unwrap();
        assert_eq!(count(), 1);
        db.batch([work(), query("select 1"), work()]).await.unwrap();
        assert_eq!(count(), 2);
    });
}

#[test]
fn a_run_whose_first_claim_fills_every_slot_wakes_another_run_once() {
    for (tasks, wake_ups) in [(1, 0), (2, 1), (3, 1)] {
        block_on(async {
            let woken = Arc::new(WakeUpCounter::default());
            let database = Sqlite::open(":memory:").unwrap();
            let service = native_with_queue(with_gate(Gate::default()), database, woken.clone());
            service.migrate().await.unwrap();
            for number in 0..tasks {
                enqueue(&service.context().db(), &number.to_string(), false).await;
            }
            let drained = service.run_due_tasks_within(budget(2, 1000)).await;
            let count = woken.0.load(Ordering::Relaxed);
            assert_eq!((drained.ran, count), (tasks, wake_ups));
        });
    }
}

#[test]
fn the_task_runner_waits_after_a_failed_claim() {
    block_on(async {
        let disk = Disk::default();
        let database = FullDatabase(Arc::new(Sqlite::open(":memory:").unwrap()), disk.clone());
        let runner = Runner::default();
        let app = with_gate(Gate::default());
        let service = native_with_queue(app, database, Arc::new(runner.clone()));
        service.migrate().await.unwrap();
        enqueue(&service.context().db(), "a", false).await;
        disk.is_full.store(true, Ordering::Relaxed);
        let running = runner.run(service);
        drop(tokio::time::timeout(Duration::from_secs(1), running).await);
        assert_eq!(disk.rejected.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_read_only_database_is_rejected_when_it_is_opened() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("read-only");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("app.db");
    let file = file.to_str().unwrap();
    block_on(async {
        let service = native(with_gate(Gate::default()), Sqlite::open(file).unwrap());
        service.migrate().await.unwrap();
    });
    let error = Sqlite::open(&format!("file:{file}?mode=ro")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("attempt to write a readonly database"),
        "{error}"
    );
}
