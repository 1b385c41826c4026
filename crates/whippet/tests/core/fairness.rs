//! How tasks share the limited number of places for concurrent tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::{Priority, TaskConfig, task};
use whippet::testing::TestApp;
use whippet::{App, Clock, Query, Task, TaskError, Tasks};

use crate::support::{app, budget};

/// A task that sleeps.
#[derive(Clone, Serialize, Deserialize)]
struct Sleep {
    key: String,
    seconds: u64,
}

impl Task for Sleep {
    const NAME: &'static str = "sleep";
}

/// A task in another queue.
#[derive(Clone, Serialize, Deserialize)]
struct Mail {
    seconds: u64,
}

impl Task for Mail {
    const NAME: &'static str = "mail";
}

/// Records when tasks started, and how many ran at the same time.
#[derive(Clone, Default)]
struct Seen {
    /// Two numbers for each key: when the first task with this key started, in seconds since the start of the clock,
    /// and how many tasks with this key have started.
    starts: Arc<Mutex<BTreeMap<String, (u64, u32)>>>,
    running: Arc<AtomicU32>,
    peak: Arc<AtomicU32>,
}

impl Seen {
    fn handler(&self) -> TaskConfig<Sleep> {
        let seen = self.clone();
        task(move |task: Sleep, clock: Clock| seen.clone().sleep(task.key, task.seconds, clock))
    }

    fn mail(&self) -> TaskConfig<Mail> {
        let seen = self.clone();
        task(move |task: Mail, clock: Clock| {
            seen.clone().sleep("mail".to_owned(), task.seconds, clock)
        })
    }

    async fn sleep(self, key: String, seconds: u64, clock: Clock) -> Result<(), TaskError> {
        let now = u64::try_from(clock.now().as_millis()).unwrap() / 1000 - 1_767_225_600;
        self.starts.lock().unwrap().entry(key).or_insert((now, 0)).1 += 1;
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(running, Ordering::Relaxed);
        clock.sleep(Duration::from_secs(seconds)).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    /// Returns two numbers: when the first task with this key started, and how many tasks with this key have started.
    fn of(&self, key: &str) -> Option<(u64, u32)> {
        self.starts.lock().unwrap().get(key).copied()
    }
}

async fn tasks(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    let Ok(tasks) = Tasks::from_request_parts(&mut parts, app.context()).await;
    tasks
}

/// Enqueues tasks with this key.
async fn enqueue(app: &TestApp, count: u32, key: &str, seconds: u64) {
    let tasks = tasks(app).await;
    let sleep = Sleep {
        key: key.to_owned(),
        seconds,
    };
    let queries = (0..count).map(|_| Query::from(tasks.enqueue(&sleep).concurrency_key(key)));
    app.context().db().batch(queries).await.unwrap();
}

async fn start(app: App) -> TestApp {
    TestApp::new(|_| Ok(app)).await
}

#[whippet::test]
async fn tasks_whose_target_hangs_do_not_delay_the_tasks_of_another_key() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler())).await;
    enqueue(&app, 64, "a", 20).await;
    enqueue(&app, 1, "b", 0).await;
    app.advance("1s").await;
    assert_eq!(seen.of("b"), Some((0, 1)));
    assert_eq!(seen.of("a"), Some((0, 8)));
    // A task that is enqueued while the tasks with the key `a` hang does not wait for them either.
    enqueue(&app, 1, "c", 0).await;
    app.advance("2s").await;
    assert!(seen.of("c").unwrap().0 <= 2, "{:?}", seen.of("c"));
}

#[whippet::test]
async fn a_key_with_many_tasks_and_a_key_with_one_task_take_turns() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler())).await;
    enqueue(&app, 1000, "a", 0).await;
    enqueue(&app, 1, "z", 0).await;
    app.service().run_due_tasks_within(budget(4, 8)).await;
    assert_eq!(seen.of("z"), Some((0, 1)));
}

#[whippet::test]
async fn every_key_gets_its_turn_if_there_are_more_keys_than_places() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler())).await;
    for number in 10..20 {
        enqueue(&app, 10, &number.to_string(), 0).await;
    }
    // Two tasks run at a time, and fifty tasks run in total. The tasks have ten keys, so five tasks of each key run.
    app.service().run_due_tasks_within(budget(2, 50)).await;
    for number in 10..20 {
        assert_eq!(seen.of(&number.to_string()), Some((0, 5)), "{number}");
    }
}

#[whippet::test]
async fn a_concurrency_limit_holds_across_processes() {
    let seen = Seen::default();
    let limited = || app().task(seen.handler().concurrency(2));
    let one = start(limited()).await;
    let two = TestApp::builder().sharing_database_with(&one).seed(2);
    let two = two.start(|_| Ok(limited())).await;
    enqueue(&one, 10, "a", 1).await;
    let seconds = async {
        for _ in 0..60 {
            one.advance("1s").await;
        }
    };
    let (_, _, ()) = tokio::join!(one.run_tasks(), two.run_tasks(), seconds);
    assert_eq!(seen.of("a").map(|(_, count)| count), Some(10));
    assert_eq!(seen.peak.load(Ordering::Relaxed), 2);
}

#[whippet::test]
async fn a_waiting_task_starts_as_soon_as_a_task_with_the_same_key_ends() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler().concurrency(1))).await;
    enqueue(&app, 3, "a", 4).await;
    app.advance(Duration::from_millis(8_100)).await;
    assert_eq!(seen.of("a"), Some((0, 3)));
    assert_eq!(seen.peak.load(Ordering::Relaxed), 1);
}

#[whippet::test]
async fn a_limit_without_concurrency_keys_applies_to_all_tasks_of_the_type() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler().concurrency(3))).await;
    enqueue(&app, 9, "", 1).await;
    app.advance("10s").await;
    assert_eq!(seen.of(""), Some((0, 9)));
    assert_eq!(seen.peak.load(Ordering::Relaxed), 3);
}

#[whippet::test]
async fn the_place_of_a_dead_process_is_free_after_its_task_has_run_again() {
    let seen = Seen::default();
    let app = start(app().task(seen.handler().concurrency(1))).await;
    enqueue(&app, 2, "a", 0).await;
    app.sql("update tasks set lease = 'x', due_at = 1767225630000 where rowid = 1")
        .await;
    assert_eq!(app.advance("29s").await.ran, 0);
    assert_eq!(app.advance("1s").await.ran, 2);
}

#[whippet::test]
async fn a_queue_that_hangs_leaves_a_place_for_another_queue() {
    let seen = Seen::default();
    let mail = seen.mail().queue("mail");
    let app = start(app().task(seen.handler()).task(mail)).await;
    enqueue(&app, 100, "", 20).await;
    let idle = async {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = app.service().run_due_tasks_within(budget(16, 100)) => panic!("no task sleeps"),
        () = idle => {}
    }
    assert_eq!(seen.of(""), Some((0, 15)));
}

#[whippet::test]
async fn a_low_priority_gets_a_share_of_the_places() {
    let seen = Seen::default();
    let high = seen.handler().priority(Priority::High);
    let low = seen.mail().priority(Priority::Low);
    let app = start(app().task(high).task(low)).await;
    enqueue(&app, 400, "", 0).await;
    let outbox = tasks(&app).await;
    let mails = (0..400).map(|_| Query::from(outbox.enqueue(&Mail { seconds: 0 })));
    app.context().db().batch(mails).await.unwrap();
    app.service().run_due_tasks_within(budget(2, 200)).await;
    let share = seen.of("mail").unwrap().1;
    assert!((5..=40).contains(&share), "{share}");
}

#[whippet::test]
async fn a_task_with_a_concurrency_of_0_is_an_error_at_startup() {
    let seen = Seen::default();
    let app = app().task(seen.handler().concurrency(0));
    let started = TestApp::builder().try_start(|_| Ok(app)).await;
    let error = started.unwrap_err().to_string();
    assert!(
        error.contains(r#"the task "sleep" has a concurrency of 0"#),
        "{error}"
    );
}
