//! Runs of due tasks: concurrency, budgets and time limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use whippet::TaskError;
use whippet::tasks::task;
use whippet::testing::TestApp;

use crate::gate::{Gate, Work, enqueue, with_gate};
use crate::support::{app, budget, outbox, ran};

/// Returns the number of statements that claimed tasks.
fn claims(app: &TestApp) -> usize {
    let statements = app.statements();
    let claims = statements.iter().filter(|s| s.sql.contains("chosen"));
    claims.count()
}

#[whippet::test]
async fn the_budget_limits_how_many_tasks_run_concurrently() {
    let (running, peak) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let recorded = Arc::clone(&peak);
    let work = task(move |work: Work| {
        let (running, peak) = (Arc::clone(&running), Arc::clone(&recorded));
        async move {
            peak.fetch_max(
                running.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            for _ in 0..if work.hangs { 10 } else { 1 } {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        }
    });
    let app = TestApp::new(|_| Ok(app().task(work))).await;
    for number in 0..20 {
        enqueue(&app.context().db(), &number.to_string(), number % 3 == 0).await;
    }
    let drained = app.service().run_due_tasks_within(budget(4, 1000)).await;
    assert_eq!((drained.ran, peak.load(Ordering::Relaxed)), (20, 4));
}

#[whippet::test]
async fn tasks_are_claimed_when_half_the_slots_are_free() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    for number in 0..16 {
        enqueue(&app.context().db(), &number.to_string(), false).await;
    }
    let drained = app.service().run_due_tasks_within(budget(8, 1000)).await;
    assert_eq!(drained.ran, 16);
    // Of the four claims, the first returns eight tasks, the second and third four tasks each, and the last none.
    assert_eq!(claims(&app), 4);
}

#[whippet::test]
async fn a_task_that_hangs_does_not_delay_other_tasks() {
    let gate = Gate::default();
    let app = TestApp::new(|_| Ok(with_gate(gate.clone()))).await;
    let db = app.context().db();
    enqueue(&db, "a", true).await;
    for number in 0..20 {
        enqueue(&db, &format!("b{number}"), false).await;
    }
    let others_ran = async {
        while ran(&db).await.len() < 20 {
            tokio::task::yield_now().await;
        }
        gate.opened.notify_one();
    };
    let (drained, ()) = tokio::join!(
        app.service().run_due_tasks_within(budget(4, 1000)),
        others_ran
    );
    assert_eq!(drained.ran, 21);
    assert!(outbox(&db).await.is_empty());
}

#[whippet::test]
async fn a_run_ends_when_its_budget_is_used_up_and_reports_when_the_next_task_is_due() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let db = app.context().db();
    for number in 0..5 {
        enqueue(&db, &number.to_string(), false).await;
    }
    let drained = app.service().run_due_tasks_within(budget(2, 3)).await;
    assert_eq!((drained.ran, claims(&app)), (3, 2));
    assert_eq!(
        app.service().run_due_tasks_within(budget(0, 3)).await.ran,
        0
    );
    assert!(drained.next_due.unwrap() <= app.context().clock().now());
    assert_eq!(app.run_tasks().await.ran, 2);
    assert_eq!(app.run_tasks().await.next_due, None);
}

#[whippet::test]
async fn an_attempt_over_its_timeout_fails() {
    let never = |_: Work| std::future::pending::<Result<(), TaskError>>();
    let app = app().task(task(never).timeout(Duration::from_millis(50)));
    let app = TestApp::new(|_| Ok(app)).await;
    let db = app.context().db();
    enqueue(&db, "t", true).await;
    assert_eq!(app.advance("49ms").await.ran, 0);
    assert_eq!(app.advance("1ms").await.ran, 1);
    let error = "the attempt did not finish within 0.05 s".to_owned();
    assert_eq!(outbox(&db).await, [("dead".to_owned(), 1, Some(error))]);
}
