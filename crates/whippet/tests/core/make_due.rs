//! Making waiting tasks due before their time.

use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::testing::TestApp;
use whippet::{Tasks, Timestamp, query};

use crate::gate::{Gate, Work, with_gate};

async fn tasks(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    let Ok(tasks) = Tasks::from_request_parts(&mut parts, app.context()).await;
    tasks
}

#[whippet::test]
async fn selected_tasks_that_wait_are_due_and_others_do_not_change() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let tasks = tasks(&app).await;
    let db = app.context().db();
    let work = Work { hangs: false };
    for id in ["a", "b", "other"] {
        let later = Timestamp::from_millis(4_000_000_000_000);
        let enqueue = tasks.enqueue(&work).with_id(id).at(later);
        assert_eq!(enqueue.send().await, Ok(true));
    }
    app.sql(
        "insert into tasks (id, name, args, state, due_at, created_at) values ('dead', 'work', '{}', 'dead', 0, 0)",
    )
    .await;
    let select = || query("select id from tasks where id <> ?1 and name = ?2").bind("other");
    let due = tasks.make_due(select().bind("work"));
    assert_eq!(due.execute(&db).await, Ok(2));
    assert_eq!(app.run_tasks().await.ran, 2);
    let left: Vec<_> = app.tasks().await.into_iter().map(|task| task.id).collect();
    assert_eq!(left, ["dead", "other"]);
    assert_eq!(
        tasks.make_due(select().bind("work")).execute(&db).await,
        Ok(0)
    );
}
