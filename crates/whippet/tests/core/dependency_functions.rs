//! Dependencies that a function with `#[dependency]` resolves.

use std::sync::atomic::{AtomicU32, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::axum::http::StatusCode;
use whippet::extract::{Argument, Headers};
use whippet::openapi::Info;
use whippet::routing::Reads;
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{
    App, AppError, Config, Context, Db, Problem, ProblemType, Task, TaskError, Tasks, dependency,
    get, post, query, routes,
};

use crate::support::{ran, record};

const NO_TENANT: ProblemType = ProblemType {
    status: StatusCode::FORBIDDEN,
    name: "no_tenant",
    title: "No tenant",
    doc: "The tenant does not exist.",
    extensions: &[],
};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct TenantHeaders {
    /// The tenant of the request.
    x_tenant: String,
}

#[derive(Clone, Debug)]
struct Tenant(String);

#[derive(Clone, Debug)]
struct Greeting(String);

/// The number of times that [`tenant`] ran for the tenant named `counted`.
static RAN: AtomicU32 = AtomicU32::new(0);

#[dependency(errors(NO_TENANT))]
async fn tenant(Headers(headers): Headers<TenantHeaders>, db: Db) -> Result<Tenant, Problem> {
    if headers.x_tenant == "counted" {
        RAN.fetch_add(1, Ordering::Relaxed);
    }
    let exists: i64 = query("select ?1 <> 'nobody'")
        .bind(&headers.x_tenant)
        .fetch_one(&db)
        .await?;
    if exists == 0 {
        return Err(NO_TENANT.with_detail("the tenant nobody does not exist"));
    }
    Ok(Tenant(headers.x_tenant))
}

#[dependency]
async fn greeting(Tenant(name): Tenant) -> Greeting {
    Greeting(format!("hello {name}"))
}

#[get("/greet")]
async fn greet(Greeting(greeting): Greeting, Tenant(name): Tenant, again: Tenant) -> String {
    format!("{greeting}, {name}, {}", again.0)
}

fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new()
        .openapi(Info::new("Greetings", "1"))
        .routes(routes![greet]))
}

#[whippet::test]
async fn a_shared_dependency_is_resolved_once_per_request() {
    let app = TestApp::new(app).await;
    let response = app.get("/greet").header("x-tenant", "counted").await;
    assert_eq!(response.text(), "hello counted, counted, counted");
    assert_eq!(RAN.load(Ordering::Relaxed), 1);
    let nobody = app.get("/greet").header("x-tenant", "nobody").await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    assert_eq!(
        app.get("/greet").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

/// A dependency of a request handler and of a task handler.
#[derive(Clone)]
struct Shop(String);

/// A dependency of [`Shop`], and of the handlers that depend on [`Shop`].
#[derive(Clone)]
struct Catalog(u32);

/// How often [`catalog`] ran.
static CATALOGS: AtomicU32 = AtomicU32::new(0);

#[dependency]
async fn catalog(db: Db) -> Result<Catalog, Problem> {
    let number = CATALOGS.fetch_add(1, Ordering::Relaxed);
    Ok(Catalog(
        query("select ?1 + 1").bind(number).fetch_one(&db).await?,
    ))
}

#[dependency]
async fn shop(Catalog(number): Catalog, config: Config) -> Shop {
    Shop(format!("{} {number}", config.get("SHOP").unwrap_or("none")))
}

#[derive(Clone, Serialize, Deserialize)]
struct Restock;

impl Task for Restock {
    const NAME: &'static str = "restock";
}

async fn restock(
    _: Restock,
    Shop(shop): Shop,
    Catalog(number): Catalog,
    attempt: Attempt,
    db: Db,
) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, &format!("{shop}, {number}")).await?)
}

#[post("/restock")]
async fn order_stock(
    Shop(shop): Shop,
    Catalog(number): Catalog,
    tasks: Tasks,
) -> Result<String, Problem> {
    tasks.send(&Restock).await?;
    Ok(format!("{shop}, {number}"))
}

#[whippet::test]
async fn a_request_and_its_task_each_resolve_a_dependency_once() {
    let build = |_: &Config| {
        Ok(crate::support::app()
            .task(task(restock))
            .routes(routes![order_stock]))
    };
    let config = Config::from_iter([("SHOP", "books")]);
    let app = TestApp::with_config(config, build).await;
    assert_eq!(app.post("/restock").await.text(), "books 1, 1");
    app.run_tasks().await;
    assert_eq!(
        ran(&app.context().db()).await,
        [(1, "books 2, 2".to_owned())]
    );
    assert_eq!(CATALOGS.load(Ordering::Relaxed), 2);

    let app = app.with(Shop("test".to_owned())).with(Catalog(7));
    assert_eq!(app.post("/restock").await.text(), "test, 7");
    app.run_tasks().await;
    let ran = ran(&app.context().db()).await;
    assert_eq!(ran.last(), Some(&(1, "test, 7".to_owned())));
    assert_eq!(CATALOGS.load(Ordering::Relaxed), 2);
}

#[whippet::test]
async fn a_test_overrides_a_dependency() {
    let app = TestApp::builder()
        .with(Tenant("test".to_owned()))
        .start(app)
        .await;
    assert_eq!(app.get("/greet").await.text(), "hello test, test, test");
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_openapi_document_has_the_parameters_and_errors_of_a_dependency() {
    let app = TestApp::new(app).await;
    let document = app.get("/openapi.json").await.json();
    let greet = &document["paths"]["/greet"]["get"];
    assert_eq!(greet["parameters"][0]["name"], "x-tenant");
    assert_eq!(greet["parameters"].as_array().unwrap().len(), 1);
    assert_eq!(
        greet["responses"]["403"]["description"],
        "`no_tenant`: The tenant does not exist."
    );
}

#[test]
fn a_dependency_reads_the_headers_that_its_arguments_read() {
    assert_eq!(
        <Greeting as Argument>::READS,
        Reads::Each(&[<Tenant as Argument>::READS])
    );
    let _: fn(&Context) -> Option<Tenant> = Context::overridden;
}
