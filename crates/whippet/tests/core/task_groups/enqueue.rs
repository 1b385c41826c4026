//! Enqueuing groups, and the query plans of the statements for groups.

use std::time::Duration;

use serde_json::json;
use whippet::tasks::Members;
use whippet::testing::TestApp;
use whippet::{DbError, query, routing::post};

use super::{FINISH, Part, Reached, enqueue, group, notes, start, tasks_of, with_groups};
use crate::plans::{plan, plan_of};
use crate::support::outbox;

#[whippet::test]
async fn a_group_exists_if_and_only_if_its_data_does() {
    let (app, tasks, db) = start().await;
    let follower = tasks.enqueue(&FINISH);
    let data = query("insert into ran values (null, 0, '')");
    let batch = group(&tasks, &[Part::Succeeds], follower).into_iter();
    assert!(db.batch(batch.chain([data])).await.is_err());
    assert_eq!(app.run_tasks().await.ran, 0);
    assert_eq!(outbox(&db).await, []);
}

#[whippet::test]
async fn an_empty_group_does_not_block() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[]).await;
    app.run_tasks().await;
    assert_eq!(notes(&db).await, ["0 0 0"]);
}

#[whippet::test]
async fn a_group_is_enqueued_once_while_the_key_of_its_last_task_is_taken() {
    let (app, tasks, db) = start().await;
    for _ in 0..2 {
        let parts = [Part::Succeeds, Part::Succeeds];
        let parts = parts.iter().map(|part| tasks.enqueue(part));
        let follower = tasks.enqueue(&FINISH).key("import");
        db.batch(tasks.group(parts).then(follower)).await.unwrap();
    }
    assert_eq!(app.run_tasks().await.ran, 3);
    assert_eq!(notes(&db).await, ["2 0 0"]);
}

#[whippet::test]
async fn a_task_whose_key_is_taken_is_not_in_the_group() {
    let (app, tasks, db) = start().await;
    let later = Duration::from_secs(3600);
    tasks
        .enqueue(&Part::Succeeds)
        .key("a")
        .after(later)
        .send()
        .await
        .unwrap();
    let parts = ["a", "b", "b"].map(|key| tasks.enqueue(&Part::Succeeds).key(key));
    db.batch(tasks.group(parts).then(tasks.enqueue(&FINISH)))
        .await
        .unwrap();
    assert_eq!(app.run_tasks().await.ran, 2);
    assert_eq!(notes(&db).await, ["1 0 0"]);
}

#[whippet::test]
async fn a_last_task_with_the_id_or_the_key_of_a_task_of_the_group_is_an_error() {
    let (_, tasks, db) = start().await;
    let part = || tasks.enqueue(&Part::Succeeds);
    let finish = || tasks.enqueue(&FINISH);
    for (part, finish, shared) in [
        (part().with_id("a"), finish().with_id("a"), "id \"a\""),
        (part().key("k"), finish().key("k"), "key \"k\""),
    ] {
        let group = tasks.group([tasks.enqueue(&Part::Succeeds), part]);
        let error = db.batch(group.then(finish)).await.unwrap_err().to_string();
        assert!(error.contains(shared), "{error}");
    }
    assert_eq!(outbox(&db).await, []);
    let group = tasks.group([part().with_id("a").key("b")]);
    let finish = finish().with_id("b").key("a");
    db.batch(group.then(finish)).await.unwrap();
    assert_eq!(outbox(&db).await.len(), 2);
}

#[whippet::test]
async fn a_group_has_at_most_1000_tasks_and_costs_two_statements() {
    let (app, tasks, db) = start().await;
    let enqueue = |count: usize| {
        let parts = (0..count).map(|_| tasks.enqueue(&Part::Succeeds));
        db.batch(tasks.group(parts).then(tasks.enqueue(&FINISH)))
    };
    let error = enqueue(1001).await.unwrap_err();
    let expected = "a group of 1001 tasks is too large: the limit is 1000 tasks";
    assert!(matches!(error, DbError::Limit(why) if why == expected));
    let before = app.statements().len();
    enqueue(1000).await.unwrap();
    assert_eq!(app.statements().len() - before, 2);
    app.advance("1m").await;
    assert_eq!(notes(&db).await, ["1000 0 0"]);
}

#[whippet::test]
async fn a_group_in_a_database_without_the_triggers_of_groups_is_an_error() {
    let app = TestApp::new(|_| Ok(with_groups(&Reached::default()))).await;
    let (tasks, db) = (tasks_of(&app).await, app.context().db());
    let group = tasks.group([tasks.enqueue(&Part::Succeeds)]);
    let error = db
        .batch(group.then(tasks.enqueue(&FINISH)))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("tasks_members"), "{error}");
    assert_eq!(outbox(&db).await, []);
}

#[whippet::test]
async fn an_operator_sees_a_blocked_task() {
    let (app, tasks, db) = start().await;
    enqueue(&tasks, &db, &[Part::Succeeds, Part::FailsOnce]).await;
    app.run_tasks().await;
    let get = async |path: &str| app.get(path).bearer("k").await.json();
    let shown = get("/_whippet/tasks/finish").await;
    assert_eq!(shown["state"], "blocked");
    assert_eq!(shown["members"], json!({"all": 2, "done": 1}));
    let counts = get("/_whippet/tasks").await;
    let finish = &counts["tasks"][0];
    assert_eq!(
        (&finish["name"], &finish["blocked"]),
        (&json!("finish"), &json!(1))
    );
    assert_eq!(
        (&finish["waiting"], &finish["due"]),
        (&json!(0), &json!(null))
    );
}

#[whippet::test]
async fn the_end_of_a_member_uses_indexes() {
    let (app, tasks, db) = start().await;
    let before = app.statements().len();
    enqueue(&tasks, &db, &[Part::Succeeds, Part::Dies, Part::FailsOnce]).await;
    app.run_tasks().await;
    for statement in app.statements().split_off(before) {
        for step in plan(&app, statement.clone()).await {
            let scans = step.starts_with("SCAN tasks") && !step.ends_with("tasks_leased");
            assert!(!scans, "{step}: {}", statement.sql);
        }
    }
    // `explain query plan` does not show the statements of triggers, so the loop explains them one by one.
    for trigger in ["tasks_member_removed", "tasks_member_died"] {
        let sql = query("select sql from sqlite_schema where name = ?1").bind(trigger);
        let sql: String = sql.fetch_one(&db).await.unwrap();
        let (_, body) = sql.split_once("begin").unwrap();
        let body = body
            .replace("old.group_id", "'g'")
            .replace("new.group_id", "'g'");
        let body = body.trim_end_matches("end").trim().trim_end_matches(';');
        let plan = plan_of(&app, body).await;
        assert!(
            plan.iter().all(|step| !step.starts_with("SCAN")),
            "{plan:?}"
        );
    }
}

#[whippet::test]
async fn the_outcomes_of_a_group_exist_only_in_the_task_that_follows_it() {
    let app = with_groups(&Reached::default()).route("/", post(async |_: Members| {}));
    let app = TestApp::new(|_| Ok(app)).await;
    assert_eq!(app.post("/").await.status, 500);
    let tasks = tasks_of(&app).await;
    tasks.send(&FINISH).await.unwrap();
    app.run_tasks().await;
    let error: String = app.row("select last_error from tasks").await;
    assert!(
        error.contains("only in a task that follows a group"),
        "{error}"
    );
}
