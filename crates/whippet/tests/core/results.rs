//! The results of tasks.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::{Attempt, Done, SCHEMA_RESULTS, TaskResult};
use whippet::testing::TestApp;
use whippet::{DbError, TaskError, Tasks, query, task, tasks};

use crate::support::app;

#[derive(Serialize, Deserialize)]
struct Measure {
    text: String,
}

#[task(retry = "1m")]
async fn measure(task: Measure, attempt: Attempt, tasks: Tasks) -> Result<Done, TaskError> {
    if task.text.is_empty() {
        return Err(TaskError::dead("the text is empty"));
    }
    let length = task.text.len();
    Ok(Done::with(tasks.keep_result(
        attempt.task_id,
        &length,
        Duration::from_secs(60),
    )))
}

async fn start() -> (TestApp, Tasks) {
    let app = TestApp::new(|_| Ok(app().tasks(tasks![measure]))).await;
    app.sql(SCHEMA_RESULTS).await;
    let (mut parts, ()) = Request::new(()).into_parts();
    let tasks = Tasks::from_request_parts(&mut parts, app.context()).await;
    (app, tasks.unwrap())
}

#[whippet::test]
async fn a_result_is_kept_for_its_time() {
    let (app, tasks) = start().await;
    let text = "four".to_owned();
    let id = tasks.send(&Measure { text }).await.unwrap();
    assert_eq!(
        tasks.result::<usize>(&id).await.unwrap(),
        TaskResult::Pending
    );
    app.run_tasks().await;
    assert_eq!(tasks.result(&id).await.unwrap(), TaskResult::Done(4));
    assert!(matches!(
        tasks.result::<String>(&id).await,
        Err(DbError::Decode(_))
    ));
    app.advance("59s").await;
    assert_eq!(tasks.result(&id).await.unwrap(), TaskResult::Done(4));
    app.advance("1s").await;
    assert_eq!(
        tasks.result::<usize>(&id).await.unwrap(),
        TaskResult::Unknown
    );
}

#[whippet::test]
async fn a_dead_task_has_its_error_and_an_unknown_task_nothing() {
    let (app, tasks) = start().await;
    let text = String::new();
    let id = tasks.send(&Measure { text }).await.unwrap();
    app.run_tasks().await;
    let dead = TaskResult::Dead("the text is empty".to_owned());
    assert_eq!(tasks.result::<usize>(&id).await.unwrap(), dead);
    assert_eq!(
        tasks.result::<usize>("x").await.unwrap(),
        TaskResult::Unknown
    );
}

#[whippet::test]
async fn expired_results_are_deleted_with_new_results() {
    let (app, tasks) = start().await;
    for _ in 0..30 {
        let text = "old".to_owned();
        tasks.send(&Measure { text }).await.unwrap();
    }
    app.run_tasks().await;
    app.advance("1m").await;
    let count = query("select count(*) from task_results");
    let db = app.context().db();
    assert_eq!(count.clone().fetch_one::<u32>(&db).await.unwrap(), 30);
    for left in [21, 12, 3] {
        let text = "new".to_owned();
        tasks.send(&Measure { text }).await.unwrap();
        app.run_tasks().await;
        assert_eq!(count.clone().fetch_one::<u32>(&db).await.unwrap(), left);
    }
}

#[whippet::test]
async fn a_result_is_written_only_by_the_attempt_that_ends_the_task() {
    let (app, tasks) = start().await;
    let text = "late".to_owned();
    let id = tasks.send(&Measure { text }).await.unwrap();
    // The trigger acts like another process that takes over the lease while the attempt runs.
    app.sql("create trigger taken after update of lease on tasks when new.lease is not null and new.lease <> 'other' \
             begin update tasks set lease = 'other' where id = new.id; end").await;
    app.run_tasks().await;
    assert_eq!(
        tasks.result::<usize>(&id).await.unwrap(),
        TaskResult::Pending
    );
    assert_eq!(app.row::<u32>("select count(*) from task_results").await, 0);
}
