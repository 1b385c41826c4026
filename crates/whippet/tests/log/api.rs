//! The tested API. Its handlers write log lines.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;
use tracing::Instrument;
use whippet::axum::http::{HeaderMap, StatusCode};
use whippet::routing::{get, post};
use whippet::tasks::{SCHEMA, task};
use whippet::testing::TestApp;
use whippet::{
    App, Config, Db, Fetch, FetchError, Migration, Migrations, Path, Problem, RequestId, Secret,
    Task, TaskError, Tasks, log, query,
};

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the count cannot be read")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

async fn fine() -> &'static str {
    tracing::info!(
        count = 3,
        ratio = 0.5,
        ok = true,
        name = "a \"b\"\n",
        "hello"
    );
    ""
}

async fn chain() -> Result<(), Problem> {
    Err(Problem::internal(Outer("x".parse::<u8>().unwrap_err())))
}

async fn database(db: Db) -> Result<(), Problem> {
    query("select * from no_such_table").execute(&db).await?;
    Ok(())
}

async fn panics() {
    log::bind("tenant", "acme");
    let numbers: [u8; 0] = [];
    assert!(numbers.len() == 1, "the handler is broken");
}

async fn spans() {
    let outer = tracing::info_span!("outer", a = 1, late = tracing::field::Empty);
    outer.record("late", "x");
    let inner = tracing::info_span!(parent: &outer, "inner", b = 2);
    inner.in_scope(|| tracing::warn!(c = 3, "nested"));
}

async fn fixed_names() {
    let span = tracing::info_span!("span", level = 5, message = "of the span", method = "span");
    span.in_scope(|| {
        tracing::info!(
            timestamp = 1,
            target = "moon",
            request_id = "other",
            trace_id = "other",
            truncated = "no",
            route = "event",
            "hello"
        );
    });
}

async fn repeated() {
    log::bind("a", "bound first");
    log::bind("b", 1);
    let outer = tracing::info_span!("outer", a = "outer", b = 2, c = 2, d = 2);
    let inner = tracing::info_span!(parent: &outer, "inner", c = 3, d = 3);
    inner.in_scope(|| {
        log::bind("d", "bound last");
        tracing::info!(e = 5, "one of each");
        tracing::info!(d = "event", "a field of the event");
    });
}

async fn bound(Path(tenant): Path<String>) {
    async {
        tracing::info!("before");
        log::bind("tenant", &tenant);
        log::bind("scores", [1, 2]);
        async { log::bind("depth", 2) }
            .instrument(tracing::info_span!("inner"))
            .await;
        tracing::info!("inside");
    }
    .instrument(tracing::info_span!("outer"))
    .await;
    log::bind("tenant", format!("{tenant}!"));
    tracing::info!("after");
}

async fn bound_secrets() {
    let user = serde_json::json!({"name": "Ada", "ssn": "hush", "card_number": 4242});
    log::bind("user", user);
    log::bind("users", serde_json::json!([{"ssn": ["hush", 4242]}]));
    log::bind("text", r#"{"password": "hush"}"#);
    log::bind("ssn", 4242);
    log::bind("ratio", "1:2");
}

#[derive(Debug)]
struct NewUser {
    #[expect(dead_code, reason = "for `Debug`")]
    name: &'static str,
    #[expect(dead_code, reason = "for `Debug`")]
    password: Option<&'static str>,
}

async fn secrets(headers: HeaderMap) {
    let key = Secret::new("hush-typed");
    tracing::info!(?key, "with {key}");
    tracing::info!(
        api_key = "hush-key",
        pin = "hush-pin",
        attempts = 3,
        "by key"
    );
    let _span = tracing::info_span!("span", session_token = "hush-span", cookie = 7).entered();
    log::bind("password", "hush-bound");
    log::bind("body", serde_json::json!({"client_secret": "hush-json"}));
    tracing::info!("in a span");
    let user = NewUser {
        name: "Ada",
        password: Some("hush-debug"),
    };
    tracing::info!(?headers, ?user, "a {user:?}");
}

async fn long(Path(bytes): Path<usize>) {
    tracing::info!(
        long = "ä".repeat(bytes / 2),
        also = ?"\"".repeat(bytes / 4),
        short = "short",
        "long"
    );
}

async fn levels() {
    tracing::debug!(target: "shop::stock::count", "in detail");
    tracing::info!(target: "shop::stock", "in stock");
    tracing::info!(target: "shop", "in the shop");
    tracing::warn!(target: "shop", "in trouble");
}

async fn status(Path(status): Path<u16>) -> StatusCode {
    tracing::info!("on the way");
    tracing::warn!("in trouble");
    StatusCode::from_u16(status).unwrap()
}

async fn uses(db: Db, fetch: Fetch) -> Result<String, Problem> {
    let numbers = "select value from json_each('[1,2,3]')";
    let _: Vec<i64> = query(numbers).fetch_all(&db).await?;
    let add = || query("insert into numbers (n) values (1), (2)");
    add().execute(&db).await?;
    db.batch([add(), query("update numbers set n = 3 returning n")])
        .await?;
    for (url, is_ours) in [
        ("https://hook.example/in", true),
        ("https://other.example/in", false),
    ] {
        // The log line counts an outbound call even if the call fails.
        drop(fetch.post(url).propagate_trace(is_ours).send().await);
    }
    Ok("x".repeat(2000))
}

static BOTH: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));

/// Makes two requests run at the same time. After each step, each request waits for the other one.
async fn meet(Path(name): Path<String>, db: Db) -> Result<(), Problem> {
    log::bind("name", &name);
    for step in 0..3 {
        tracing::info!(expected = name, step, "step");
        if name == "a" {
            query("select 1").execute(&db).await?;
        }
        BOTH.wait().await;
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Fail;

impl Task for Fail {
    const NAME: &'static str = "fail";
}

async fn fail(_: Fail, db: Db, fetch: Fetch, id: RequestId) -> Result<(), TaskError> {
    log::bind("note", id.as_str());
    query("select 1").execute(&db).await?;
    let call = fetch.get("https://hook.example/task");
    drop(call.propagate_trace(true).send().await);
    tracing::info!("in the task");
    Err(TaskError::dead("it broke"))
}

async fn enqueue(tasks: Tasks) -> Result<(), Problem> {
    tasks.send(&Fail).await?;
    Ok(())
}

const MIGRATIONS: Migrations = Migrations::new(&[
    Migration {
        name: "0001_tasks.sql",
        sql: SCHEMA,
    },
    Migration {
        name: "0002_numbers.sql",
        sql: "create table numbers (n integer not null)",
    },
]);

pub(crate) async fn app(config: Config) -> TestApp {
    let app = App::new()
        .migrations(MIGRATIONS)
        .task(task(fail))
        .route("/fine", get(fine))
        .route("/chain", get(chain))
        .route("/database", get(database))
        .route("/panics", get(panics))
        .route("/spans", get(spans))
        .route("/fixed-names", get(fixed_names))
        .route("/repeated", get(repeated))
        .route("/bound/{tenant}", get(bound))
        .route("/bound-secrets", get(bound_secrets))
        .route("/secrets", get(secrets))
        .route("/long/{bytes}", get(long))
        .route("/levels", get(levels))
        .route("/status/{status}", get(status))
        .route("/uses", post(uses))
        .route("/meet/{name}", get(meet))
        .route("/enqueue", post(enqueue));
    let app = TestApp::with_config(config, |_| Ok(app)).await;
    // Outbound calls fail unless a test sets a response.
    app.respond(|_| Err(FetchError::Connect("refused".to_owned())));
    app
}
