//! Functions with the attribute `#[cron]`, in virtual time. The virtual time starts at 2026-01-01T00:00:00Z.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::tasks::{Attempt, SCHEMA, SCHEMA_SCHEDULES, TaskList, Tick};
use whippet::testing::{TestApp, TestAppBuilder};
use whippet::{
    App, Config, Db, Migration, Migrations, TaskError, Timestamp, cron, query, task, tasks,
};

const MIGRATIONS: Migrations = Migrations::new(&[
    Migration {
        name: "0001_tasks.sql",
        sql: SCHEMA,
    },
    Migration {
        name: "0002_task_schedules.sql",
        sql: SCHEMA_SCHEDULES,
    },
    Migration {
        name: "0003_ticked.sql",
        sql: "create table ticked (name text not null, tick integer not null, at integer not null)",
    },
]);

async fn record(db: &Db, name: &str, time: Timestamp) -> Result<(), TaskError> {
    let insert = query("insert into ticked values (?1, ?2, ?3)").bind(name);
    insert.bind(time).bind(time).execute(db).await?;
    Ok(())
}

#[cron("*/5 * * * *", missed = "skip")]
async fn every_five(tick: Tick, db: Db) -> Result<(), TaskError> {
    record(&db, "every_five", tick.time).await
}

#[cron("30 2 * * *", tz = "Europe/Berlin")]
async fn daily(tick: Tick, db: Db) -> Result<(), TaskError> {
    record(&db, "daily", tick.time).await
}

#[cron(
    "0 * * * *",
    missed = "all",
    name = "hourly.v1",
    retry = "1m",
    queue = "slow"
)]
async fn hourly(tick: Tick, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    if attempt.failures == 0 {
        return Err(TaskError::retry("the first attempt fails"));
    }
    record(&db, "hourly", tick.time).await
}

#[derive(Serialize, Deserialize)]
struct Report {
    until: Timestamp,
}

impl From<Tick> for Report {
    fn from(tick: Tick) -> Self {
        Self { until: tick.time }
    }
}

#[cron("0 6 * * mon")]
#[task(retry = "1m")]
async fn report(report: Report, db: Db) -> Result<(), TaskError> {
    record(&db, "report", report.until).await
}

/// A later version of the task `report`, with the attributes `#[task]` and `#[cron]` in the opposite order.
mod later {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Later {
        until: Timestamp,
    }

    impl From<Tick> for Later {
        fn from(tick: Tick) -> Self {
            Self { until: tick.time }
        }
    }

    #[task(name = "report")]
    #[cron("0 6,18 * * *")]
    async fn report(report: Later, db: Db) -> Result<(), TaskError> {
        record(&db, "later", report.until).await
    }

    pub(super) fn all() -> TaskList {
        tasks![report]
    }
}

async fn start(tasks: TaskList) -> TestApp {
    start_with(TestApp::builder(), tasks).await
}

async fn start_with(builder: TestAppBuilder, tasks: TaskList) -> TestApp {
    let app = App::new().migrations(MIGRATIONS).tasks(tasks);
    builder.start(|_| Ok(app)).await
}

/// Starts another process with the same database. Both processes have the same clock.
async fn beside(other: &TestApp, tasks: TaskList) -> TestApp {
    start_with(TestApp::builder().sharing_database_with(other), tasks).await
}

/// Starts another process with the same database. The new process has its own clock, which starts on the first of
/// January.
async fn with_own_clock(other: &TestApp, tasks: TaskList) -> TestApp {
    let builder = TestApp::builder().sharing_database_with(other);
    start_with(builder.with_own_clock(), tasks).await
}

/// Returns, in order, the ticks for which a function ran.
async fn ticked(app: &TestApp, name: &str) -> Vec<String> {
    let ticked = query("select tick from ticked where name = ?1 order by tick, rowid").bind(name);
    let ticked: Vec<Timestamp> = ticked.fetch_all(&app.context().db()).await.unwrap();
    let minute = |tick: Timestamp| tick.to_string()[5..16].to_owned();
    ticked.into_iter().map(minute).collect()
}

#[whippet::test]
async fn a_tick_runs_the_function_once_at_its_time() {
    let app = start(tasks![every_five]).await;
    let summary = app.run_tasks().await;
    let first = Timestamp::parse("2026-01-01T00:05:00Z");
    assert_eq!((summary.ran, summary.next_due), (0, first));
    let summary = app.advance("12m").await;
    assert_eq!(summary.ran, 2);
    assert_eq!(
        ticked(&app, "every_five").await,
        ["01-01T00:05", "01-01T00:10"]
    );
    assert_eq!(app.tasks().await, []);
    assert_eq!(summary.next_due, Timestamp::parse("2026-01-01T00:15:00Z"));
}

#[whippet::test]
async fn run_next_task_runs_the_task_of_the_next_tick() {
    let app = start(tasks![every_five]).await;
    let summary = app.run_next_task().await.unwrap();
    assert_eq!(summary.ran, 1);
    assert_eq!(ticked(&app, "every_five").await, ["01-01T00:05"]);
}

#[whippet::test]
async fn a_task_of_a_tick_has_the_settings_of_its_attribute() {
    let app = start(tasks![hourly]).await;
    app.advance("1h").await;
    let [task] = app.tasks().await.try_into().unwrap();
    assert_eq!(
        (task.id.as_str(), task.failures),
        ("hourly.v1.2026-01-01T01:00:00.000Z", 1)
    );
    assert_eq!(task.args, json!({"time": "2026-01-01T01:00:00.000Z"}));
    app.advance("2m").await;
    assert_eq!(ticked(&app, "hourly").await, ["01-01T01:00"]);
}

#[whippet::test]
async fn the_data_of_a_task_is_created_from_the_tick() {
    let app = start(tasks![report]).await;
    app.advance("6d").await;
    // The 5th of January 2026 was a Monday.
    assert_eq!(ticked(&app, "report").await, ["01-05T06:00"]);
}

#[whippet::test]
async fn several_processes_with_skewed_clocks_enqueue_one_task_for_each_tick() {
    let first = start(tasks![every_five, hourly]).await;
    let ahead = with_own_clock(&first, tasks![every_five, hourly]).await;
    let behind = with_own_clock(&first, tasks![every_five, hourly]).await;
    ahead.jump("2m");
    first.jump("1m");
    for step in 0..180 {
        // A restarted process does not remember which ticks it has already handled.
        if step % 7 == 0 {
            let restarted = beside(&first, tasks![every_five, hourly]).await;
            restarted.run_tasks().await;
        }
        tokio::join!(
            ahead.advance("1m"),
            behind.advance("1m"),
            first.advance("1m")
        );
    }
    for process in [&ahead, &first, &behind] {
        process.advance("5m").await;
    }
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for tick in ticked(&first, "every_five").await {
        *times.entry(tick).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!(times.len() >= 36, "{times:?}");
    let hours = ["01-01T01:00", "01-01T02:00", "01-01T03:00"];
    assert_eq!(ticked(&first, "hourly").await, hours);
}

#[whippet::test]
async fn missed_ticks_are_made_up_by_their_policy() {
    let app = start(tasks![every_five, daily, hourly]).await;
    app.advance("30m").await;
    // No process runs for two and a half days.
    app.jump("61h 28m");
    app.advance("10m").await;
    let skipped = ticked(&app, "every_five").await;
    let made: Vec<_> = skipped
        .iter()
        .filter(|tick| tick.as_str() > "01-01T00:30")
        .collect();
    assert_eq!(made, ["01-03T13:55", "01-03T14:00", "01-03T14:05"]);
    assert_eq!(ticked(&app, "daily").await, ["01-03T01:30"]);
    assert_eq!(ticked(&app, "hourly").await.len(), 62);
}

#[whippet::test]
async fn more_missed_ticks_than_one_transaction_has_are_all_made_up() {
    let app = start(tasks![hourly]).await;
    app.run_tasks().await;
    app.jump("14d");
    app.advance("10m").await;
    assert_eq!(ticked(&app, "hourly").await.len(), 14 * 24);
}

#[whippet::test]
async fn a_tick_is_made_up_although_deploys_come_more_often_than_ticks() {
    let mut app = start(tasks![report]).await;
    app.run_tasks().await;
    // Each day a new process runs for an hour, but never at 06:00 on a Monday.
    for day in 0..15 {
        let next = beside(&app, tasks![report]).await;
        app = next;
        app.advance("1h").await;
        app.jump("23h");
        let expected = [day >= 5, day >= 12].iter().filter(|ran| **ran).count();
        assert_eq!(ticked(&app, "report").await.len(), expected, "day {day}");
    }
    assert_eq!(ticked(&app, "report").await, ["01-05T06:00", "01-12T06:00"]);
}

#[whippet::test]
async fn a_schedule_that_is_taken_out_of_the_program_stops() {
    let old = start(tasks![every_five, hourly]).await;
    old.advance("10m").await;
    let new = beside(&old, tasks![hourly]).await;
    new.advance("3h").await;
    assert_eq!(ticked(&new, "every_five").await.len(), 2);
    let schedules = query("select count(*) from task_schedules");
    assert_eq!(
        schedules
            .fetch_one::<u32>(&new.context().db())
            .await
            .unwrap(),
        2
    );
}

#[whippet::test]
async fn a_changed_schedule_starts_anew_and_repeats_no_tick() {
    let old = start(tasks![report]).await;
    old.advance("3d 23h").await;
    let new = beside(&old, later::all()).await;
    // During a rolling deploy, both versions run.
    for _ in 0..16 {
        tokio::join!(new.advance("1h"), old.advance("1h"));
    }
    new.advance("12h").await;
    let [by_old, by_new] = [ticked(&new, "report").await, ticked(&new, "later").await];
    let mut all = [by_old, by_new].concat();
    all.sort();
    assert_eq!(all, ["01-05T06:00", "01-05T18:00"]);
}

#[whippet::test]
async fn a_clock_that_goes_back_repeats_no_tick() {
    let behind = start(tasks![every_five]).await;
    let ahead = with_own_clock(&behind, tasks![every_five]).await;
    ahead.advance("2h").await;
    behind.advance("119m").await;
    assert_eq!(ticked(&behind, "every_five").await.len(), 24);
}

#[whippet::test]
async fn without_the_table_of_schedules_other_tasks_run_and_one_line_says_so() {
    let app = App::new().migrations(Migrations::new(&MIGRATIONS.files()[..1]));
    let app = TestApp::new(|_| Ok(app.tasks(tasks![every_five, report]))).await;
    app.sql("create table ticked (name text not null, tick integer not null, at integer not null)")
        .await;
    app.sql("insert into tasks (id, name, args, due_at, created_at) values ('r', 'report', '{\"until\": \"2026-01-01T00:00:00Z\"}', 0, 0)").await;
    app.advance("1m").await;
    assert_eq!(ticked(&app, "report").await.len(), 1);
    let errors = app.logs().with("level", "error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0]["message"]
            .as_str()
            .unwrap()
            .contains("SCHEMA_SCHEDULES")
    );
    app.sql(SCHEMA_SCHEDULES).await;
    app.advance("10m").await;
    assert!(!ticked(&app, "every_five").await.is_empty());
}

#[whippet::test]
async fn an_operator_sees_the_schedules_with_their_last_and_next_tick() {
    let config = Config::from_iter([("SWEEP_KEY", "k")]);
    let app = start_with(TestApp::builder().config(config), tasks![daily, every_five]).await;
    app.advance("7m").await;
    let overview = app.get("/_whippet/tasks").bearer("k").await.json();
    assert_eq!(
        overview["schedules"],
        json!([
            {
                "name": "daily", "schedule": "30 2 * * * Europe/Berlin",
                "lastTick": "2026-01-01T00:00:00.000Z", "nextTick": "2026-01-01T01:30:00.000Z",
            },
            {
                "name": "every_five", "schedule": "*/5 * * * * UTC",
                "lastTick": "2026-01-01T00:05:00.000Z", "nextTick": "2026-01-01T00:10:00.000Z",
            },
        ])
    );
}

#[whippet::test]
async fn a_cron_function_can_be_called() {
    let app = start(tasks![]).await;
    let tick = Tick {
        time: Timestamp::from_millis(0),
    };
    every_five(tick, app.context().db()).await.unwrap();
    assert_eq!(ticked(&app, "every_five").await, ["01-01T00:00"]);
}

/// These tests need the crate `toml`, which is a dependency only on native targets.
#[cfg(not(target_arch = "wasm32"))]
mod manifest {
    use whippet::testing::trigger_mistakes;

    use super::*;

    fn mistakes(crons: &str) -> Vec<String> {
        let app = App::new().tasks(tasks![daily, report]);
        trigger_mistakes(&format!("[triggers]\ncrons = [{crons}]"), &app)
    }

    #[test]
    fn the_triggers_of_a_worker_are_compared_with_the_schedules() {
        assert_eq!(mistakes("\"* * * * *\""), [""; 0]);
        // Cloudflare counts Sunday as 1, so Monday is 2. In Berlin, 02:30 is 01:30 or 00:30 UTC.
        assert_eq!(
            mistakes("\"0 6 * * 2\", \"30 0,1 * * *\", \"0 1 29 3 *\""),
            [""; 0]
        );
        let monday = mistakes("\"0 6 * * 1\", \"30 0,1 * * *\", \"0 1 29 3 *\"");
        assert_eq!(monday.len(), 1, "{monday:?}");
        assert!(
            monday[0].contains("`report` is due at 2026-01-05T06:00:00.000Z"),
            "{monday:?}"
        );
        // On the 29th of March, the clocks in Berlin skip 02:30, so the tick is at 01:00 UTC.
        let gap = mistakes("\"0 6 * * 2\", \"30 0,1 * * *\"");
        assert!(
            gap[0].contains("`daily` is due at 2026-03-29T01:00:00.000Z"),
            "{gap:?}"
        );
        let invalid = mistakes("\"0 6 * * 0\", \"* * * * *\"");
        assert_eq!(
            invalid,
            [
                "the trigger \"0 6 * * 0\" is not valid: \"0\" is not a valid day of the week: write 1 to 7, or sun to sat"
            ]
        );
        assert_eq!(mistakes("").len(), 2);
    }
}
