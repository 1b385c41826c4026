//! The state of an app, which requests and tasks share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join;
use serde::{Deserialize, Serialize};
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{
    App, Clock, Context, Db, Problem, State, Task, TaskError, Tasks, get, post, query, routes,
};

use crate::support::{ran, record};

#[derive(Default)]
struct Visits(AtomicU32);

impl Visits {
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[get("/visit")]
async fn visit(visits: State<Visits>) -> String {
    visits.next().to_string()
}

#[derive(Clone, Serialize, Deserialize)]
struct Count;

impl Task for Count {
    const NAME: &'static str = "count";
}

async fn count(_: Count, visits: State<Visits>, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, &visits.next().to_string()).await?)
}

#[post("/count")]
async fn enqueue(tasks: Tasks) -> Result<(), Problem> {
    tasks.send(&Count).await?;
    Ok(())
}

fn app() -> App {
    crate::support::app()
        .task(task(count))
        .routes(routes![visit, enqueue])
}

#[whippet::test]
async fn requests_and_tasks_share_a_state() {
    let app = TestApp::new(|_| Ok(app().state(Visits::default()))).await;
    assert_eq!(app.get("/visit").await.text(), "1");
    app.post("/count").await.assert_status(200);
    app.run_tasks().await;
    assert_eq!(ran(&app.context().db()).await, [(1, "2".to_owned())]);
    assert_eq!(app.get("/visit").await.text(), "3");
}

#[whippet::test]
async fn a_test_overrides_a_state() {
    let seven = || State::new(Visits(AtomicU32::new(7)));
    let builder = TestApp::builder().with(seven());
    let app = builder.start(|_| Ok(app().state(Visits::default()))).await;
    assert_eq!(app.get("/visit").await.text(), "8");
    app.post("/count").await.assert_status(200);
    app.run_tasks().await;
    assert_eq!(ran(&app.context().db()).await, [(1, "9".to_owned())]);
}

#[whippet::test]
async fn two_states_of_one_type_are_an_error_at_start() {
    let twice = app().state(Visits::default()).state(Visits::default());
    let started = TestApp::builder().try_start(|_| Ok(twice)).await;
    assert_eq!(
        started.unwrap_err().to_string(),
        "the app has two states of the type `core::state::Visits`: wrap one in a struct"
    );
}

/// On Workers and Spin, a program does not check its operations when it starts.
#[whippet::test]
async fn a_missing_state_is_an_error_at_start_or_a_500_whose_cause_is_logged() {
    let message =
        "the app has no state of the type `core::state::Visits`: add it with `App::state`";
    let start = TestApp::builder().try_start(|_| Ok(app()));
    if cfg!(not(target_arch = "wasm32")) {
        let error = start.await.unwrap_err().to_string();
        let whole = format!("the operation \"visit\" cannot be added at GET /visit: {message}");
        assert_eq!(error, whole);
        return;
    }
    let app = start.await.unwrap();
    app.get("/visit").await.assert_problem(500, "internal");
    let logs = app.logs();
    let mut lines = logs.iter().map(ToString::to_string);
    assert!(lines.any(|line| line.contains("has no state of the type")));
}

/// A list that is read from the database on first use.
struct Words(Vec<String>);

#[get("/words")]
async fn words(words: State<Words>) -> String {
    words.0.join(" ")
}

/// Returns an app whose state takes 10 ms to create, and a counter. The counter is the number of times that the state
/// was created.
fn lazy() -> (App, Arc<AtomicU32>) {
    let created = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&created);
    let app = App::new()
        .routes(routes![words])
        .state_with(move |context: Context| {
            let count = Arc::clone(&count);
            async move {
                count.fetch_add(1, Ordering::Relaxed);
                let clock: Clock = context.clock();
                clock.sleep(Duration::from_millis(10)).await;
                let words = query("select 'one' union all select 'two'");
                Ok(Words(words.fetch_all(&context.db()).await?))
            }
        });
    (app, created)
}

#[whippet::test]
async fn a_lazy_state_is_created_when_it_is_first_needed() {
    let (app, created) = lazy();
    let app = TestApp::new(|_| Ok(app)).await;
    assert_eq!(created.load(Ordering::Relaxed), 0);
    let first = async { app.get("/words").await };
    let (first, _) = join(first, app.advance(Duration::from_millis(10))).await;
    assert_eq!(first.text(), "one two");
    assert_eq!(app.get("/words").await.text(), "one two");
    assert_eq!(created.load(Ordering::Relaxed), 1);
}

#[whippet::test]
async fn concurrent_requests_for_a_lazy_state_do_not_wait_for_each_other() {
    let (app, created) = lazy();
    let app = TestApp::new(|_| Ok(app)).await;
    let requests = join(async { app.get("/words").await }, async {
        app.get("/words").await
    });
    let ((first, second), _) = join(requests, app.advance(Duration::from_millis(10))).await;
    assert_eq!(
        (first.text(), second.text()),
        ("one two".into(), "one two".into())
    );
    assert_eq!(created.load(Ordering::Relaxed), 2);
    app.get("/words").await.assert_status(200);
    assert_eq!(created.load(Ordering::Relaxed), 2);
}

#[whippet::test]
async fn a_lazy_state_that_cannot_be_created_is_created_by_a_later_request() {
    let attempts = AtomicU32::new(0);
    let app = App::new().routes(routes![words]).state_with(move |_| {
        let number = attempts.fetch_add(1, Ordering::Relaxed);
        async move {
            match number {
                0 => Err(Problem::internal("the words are lost")),
                _ => Ok(Words(vec!["found".to_owned()])),
            }
        }
    });
    let app = TestApp::new(|_| Ok(app)).await;
    app.get("/words").await.assert_problem(500, "internal");
    assert_eq!(app.get("/words").await.text(), "found");
}
