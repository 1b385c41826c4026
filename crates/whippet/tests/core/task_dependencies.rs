//! The dependencies of task handlers.

use serde::{Deserialize, Serialize};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::request::Parts;
use whippet::routing::{get, post};
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{App, Config, Context, Db, Problem, RequestId, Task, TaskError, Tasks};

use crate::support::{app, outbox, ran, record};

#[derive(Clone, Serialize, Deserialize)]
struct Origin;

impl Task for Origin {
    const NAME: &'static str = "origin";
}

/// A dependency that requires `NAME` in the configuration.
struct Name(String);

impl FromRequestParts<Context> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let Ok(config) = Config::from_request_parts(parts, context).await;
        let name = config.get("NAME").map(str::to_owned);
        name.map(Self)
            .ok_or_else(|| Problem::not_found("NAME is not set"))
    }
}

async fn origin(
    _: Origin,
    id: RequestId,
    Name(name): Name,
    attempt: Attempt,
    db: Db,
) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, &format!("{id} {name}")).await?)
}

async fn enqueue_origin(tasks: Tasks) -> Result<(), Problem> {
    tasks.send(&Origin).await?;
    Ok(())
}

async fn with_origin(config: Config) -> TestApp {
    let build = |_: &Config| Ok(app().task(task(origin)).route("/", post(enqueue_origin)));
    TestApp::with_config(config, build).await
}

#[whippet::test]
async fn a_task_handler_gets_its_dependencies_and_the_request_id() {
    let app = with_origin(Config::from_iter([("NAME", "me")])).await;
    app.post("/").header("x-request-id", "req-7").await;
    app.run_tasks().await;
    let expected = [(1, "req-7 me".to_owned())];
    assert_eq!(ran(&app.context().db()).await, expected);
}

#[whippet::test]
async fn a_failed_dependency_fails_the_attempt() {
    let app = with_origin(Config::default()).await;
    app.post("/").await;
    app.run_tasks().await;
    let [(state, _, error)] = outbox(&app.context().db()).await.try_into().unwrap();
    assert_eq!(state, "dead");
    assert!(error.unwrap().contains("NAME is not set"));
}

/// The user who is signed in. Only a test can set the user.
#[derive(Clone)]
struct User(&'static str);

impl FromRequestParts<Context> for User {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let nobody = || Problem::not_found("nobody is signed in");
        context.overridden().ok_or_else(nobody)
    }
}

#[whippet::test]
async fn a_test_overrides_a_dependency_of_a_request_handler() {
    let user_name = async |User(name): User| name;
    let build = |_: &Config| Ok(App::new().route("/", get(user_name)));
    let app = TestApp::new(build).await;
    assert_eq!(app.get("/").await.status, 404);
    let app = app.with(User("ada"));
    assert_eq!(app.get("/").await.text(), "ada");
    // The override does not affect another app.
    assert_eq!(TestApp::new(build).await.get("/").await.status, 404);
}

#[whippet::test]
async fn a_request_handler_with_an_attempt_argument_returns_500() {
    let handler = async |_: Attempt| {};
    let app = TestApp::new(|_| Ok(App::new().route("/", post(handler)))).await;
    assert_eq!(app.post("/").await.status, 500);
}
