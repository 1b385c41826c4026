//! The real native host put together by hand, and what takes real time.

use std::sync::Arc;
use std::time::Duration;

use whippet::axum::extract::{FromRequestParts, Request};
use whippet::host::{Database, Host};
use whippet::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};
use whippet::testing::block_on;
use whippet::{App, Config, Service, Tasks, query};

use crate::gate::{Gate, Work, enqueue, with_gate};
use crate::support::{budget, ran};

/// The app on the real native host, with this database, not migrated.
pub(crate) fn native(app: App, database: impl Database + 'static) -> Service {
    let host = Host {
        name: "native",
        config: Config::default(),
        database: Arc::new(database),
        http: Arc::new(Client::new().unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        queue: Arc::new(Runner::default()),
    };
    app.into_service(host).unwrap()
}

#[test]
fn tasks_that_hang_in_most_places_hold_up_no_other() {
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
            let work = tasks.enqueue(&Work { hangs: false }).unwrap();
            work.execute(&db).await.unwrap();
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
