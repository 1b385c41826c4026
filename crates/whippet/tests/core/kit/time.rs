//! Virtual time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::routing::{get, post};
use whippet::tasks::{Attempt, task};
use whippet::testing::{Fixture, TestApp};
use whippet::{App, Clock, Db, Problem, Random, Task, TaskError, Tasks, Timestamp, query};

use crate::support::{app, ran, record};

/// A task that sleeps, records the start and the end of the sleep, and then fails if `fails` is true.
#[derive(Serialize, Deserialize)]
struct Nap {
    millis: u64,
    fails: bool,
}

impl Task for Nap {
    const NAME: &'static str = "nap";
}

async fn nap(nap: Nap, attempt: Attempt, clock: Clock, db: Db) -> Result<(), TaskError> {
    let began = clock.now();
    clock.sleep(Duration::from_millis(nap.millis)).await;
    record(
        &db,
        &attempt,
        &format!("{} to {}", second(began), second(clock.now())),
    )
    .await?;
    if nap.fails {
        return Err(TaskError::retry("on purpose"));
    }
    Ok(())
}

/// Returns the seconds since the start of the virtual clock.
fn second(at: Timestamp) -> i64 {
    at.as_seconds() - 1_767_225_600
}

async fn enqueue(tasks: Tasks, body: String) -> Result<(), Problem> {
    let nap: Nap = serde_json::from_str(&body).map_err(Problem::internal)?;
    tasks.send(&nap).await?;
    Ok(())
}

async fn wait(clock: Clock) -> String {
    clock.sleep(Duration::from_secs(30)).await;
    let first = second(clock.now());
    clock.sleep(Duration::from_secs(10)).await;
    format!("{first} {}", second(clock.now()))
}

struct Naps(TestApp);

impl Fixture for Naps {
    async fn set_up() -> Self {
        let retry: whippet::Retry = "10s 1m".parse().unwrap();
        let task = task(nap)
            .retry(retry.jitter(0.0))
            .timeout(Duration::from_secs(20));
        let app = app()
            .task(task)
            .route("/", post(enqueue))
            .route("/wait", get(wait));
        Self(TestApp::new(|_| Ok(app)).await)
    }
}

impl Naps {
    async fn enqueue(&self, seconds: u64, fails: bool) {
        let nap = Nap {
            millis: seconds * 1000,
            fails,
        };
        let body = serde_json::to_string(&nap).unwrap();
        self.0.post("/").body(body).await.assert_status(200);
    }

    /// Returns the strings that the tasks recorded.
    async fn records(&self) -> Vec<String> {
        let ran = ran(&self.0.context().db()).await.into_iter();
        ran.map(|(_, text)| text).collect()
    }
}

#[whippet::test]
async fn tasks_run_at_their_due_time_while_virtual_time_advances(naps: Naps) {
    naps.enqueue(0, true).await;
    let drained = naps.0.advance("5m").await;
    assert_eq!((drained.ran, drained.next_due), (3, None));
    assert_eq!(naps.records().await, ["0 to 0", "10 to 10", "70 to 70"]);
    assert_eq!(second(naps.0.context().clock().now()), 300);
    let [dead] = naps.0.tasks().await.try_into().unwrap();
    assert_eq!((dead.name.as_str(), dead.state.as_str()), ("nap", "dead"));
    assert_eq!(dead.args, serde_json::json!({"millis": 0, "fails": true}));
    assert_eq!(
        (dead.attempt, dead.last_error.as_deref()),
        (3, Some("on purpose"))
    );
}

#[whippet::test]
async fn a_sleeping_task_continues_when_its_sleep_has_ended(naps: Naps) {
    naps.enqueue(12, false).await;
    assert_eq!(naps.0.advance("11s").await.ran, 0);
    assert!(naps.records().await.is_empty());
    assert_eq!(naps.0.advance(Duration::from_secs(1)).await.ran, 1);
    assert_eq!(naps.records().await, ["0 to 12"]);
    assert!(naps.0.tasks().await.is_empty());
}

#[whippet::test]
async fn tasks_sleep_concurrently(naps: Naps) {
    naps.enqueue(15, false).await;
    let later = "update tasks set due_at = due_at + 5000";
    naps.0.sql(later).await;
    naps.enqueue(10, false).await;
    assert_eq!(naps.0.advance("1m").await.ran, 2);
    assert_eq!(naps.records().await, ["0 to 10", "5 to 20"]);
}

#[whippet::test]
async fn a_task_over_its_timeout_fails(naps: Naps) {
    naps.enqueue(25, false).await;
    assert_eq!(naps.0.advance("20s").await.ran, 1);
    let [task] = naps.0.tasks().await.try_into().unwrap();
    assert_eq!(
        task.last_error.as_deref(),
        Some("the attempt did not finish within 20 s")
    );
    let now = naps.0.context().clock().now();
    assert_eq!(task.due.since(now), Duration::from_secs(10));
    assert!(naps.records().await.is_empty());
}

#[whippet::test]
async fn a_sleeping_request_completes_while_time_advances(naps: Naps) {
    let app = &naps.0;
    let (response, _) = tokio::join!(app.get("/wait").into_future(), app.advance("1h"));
    assert_eq!(response.text(), "30 40");
}

#[whippet::test]
async fn a_jump_of_the_virtual_clock_runs_no_tasks(naps: Naps) {
    naps.enqueue(0, false).await;
    naps.0.jump("1h 30m");
    assert_eq!(second(naps.0.context().clock().now()), 5400);
    assert!(naps.records().await.is_empty());
    assert_eq!(naps.0.run_tasks().await.ran, 1);
    assert_eq!(naps.records().await, ["5400 to 5400"]);
}

#[whippet::test]
async fn a_task_without_a_handler_does_not_stop_the_virtual_clock() {
    let app = TestApp::new(|_| Ok(app())).await;
    let insert =
        "insert into tasks (id, name, args, due_at, created_at) values ('t', 'x', '{}', 0, 0)";
    query(insert).execute(&app.context().db()).await.unwrap();
    assert_eq!(app.advance("1h").await.ran, 0);
    assert_eq!(second(app.context().clock().now()), 3600);
}

#[whippet::test]
async fn the_seed_determines_the_randomness() {
    let dice = async |random: Random| u64::from_le_bytes(random.bytes()).to_string();
    let roll = async |seed: Option<u64>| {
        let builder = TestApp::builder();
        let builder = seed.map_or(TestApp::builder(), |seed| builder.seed(seed));
        let app = builder
            .start(|_| Ok(App::new().route("/", get(dice))))
            .await;
        let first = app.get("/").await.text();
        assert_ne!(first, app.get("/").await.text());
        first
    };
    assert_eq!(roll(None).await, roll(Some(1)).await);
    assert_ne!(roll(Some(1)).await, roll(Some(2)).await);
}
