//! Spans that the native host exports to a local collector.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::axum::body::Body;
use whippet::axum::http::{Request, StatusCode};
use whippet::host::Host;
use whippet::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};
use whippet::routing::{get, post};
use whippet::tasks::{Done, Next, SCHEMA, task};
use whippet::testing::block_on;
use whippet::{
    App, Config, Context, Db, Fetch, Migration, Migrations, Problem, Service, Task, TaskError,
    Tasks, query,
};

use crate::collector::{Collector, attribute};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[derive(Serialize, Deserialize)]
struct Fail;

impl Task for Fail {
    const NAME: &'static str = "fail";
}

async fn fail(_: Fail) -> Result<(), TaskError> {
    Err(TaskError::dead("it broke"))
}

/// Calls the URL in the request body, and enqueues a task.
async fn call(tasks: Tasks, fetch: Fetch, url: String) -> Result<(), Problem> {
    let call = fetch.post(url).allow_private(true);
    call.propagate_trace(true).send().await?;
    tasks.send(&Fail).await?;
    Ok(())
}

/// If the variable `ALERT_URL` is set, calls its URL after a failed attempt.
async fn alert(context: Context, next: Next) -> Result<Done, TaskError> {
    let outcome = next.run().await;
    if let (Err(_), Some(url)) = (&outcome, context.config().get("ALERT_URL")) {
        let alert = context.fetch().post(url).allow_private(true);
        alert.propagate_trace(true).send().await?;
    }
    outcome
}

async fn broken(db: Db) -> Result<(), Problem> {
    query("select * from nothing").execute(&db).await?;
    Ok(())
}

async fn nothing() {}

async fn service<const N: usize>(variables: [(&str, &str); N]) -> Service {
    let app = App::new()
        .migrations(Migrations::new(&[Migration {
            name: "0001_tasks.sql",
            sql: SCHEMA,
        }]))
        .task(task(fail))
        .task_middleware(alert)
        .route("/call", post(call))
        .route("/broken", get(broken))
        .route("/nothing", get(nothing));
    let host = Host {
        name: "native",
        config: Config::from_iter(variables),
        database: Arc::new(Sqlite::open(":memory:").unwrap()),
        http: Arc::new(Client::new().unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up: Arc::new(Runner::default()),
        docs: None,
    };
    let service = app.into_service(host).unwrap();
    service.migrate().await.unwrap();
    service
}

async fn send(
    service: &Service,
    method: &str,
    path: &str,
    body: String,
    flags: &str,
) -> StatusCode {
    let request = Request::builder().method(method).uri(path);
    let parent = format!("00-{TRACE}-{CALLER}-{flags}");
    let request = request
        .header("traceparent", parent)
        .header("tracestate", "rojo=1")
        .header("x-request-id", "r");
    let request = request.body(Body::from(body)).unwrap();
    service.handle(request).await.status()
}

fn span_named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    let mut matches = spans.iter().filter(|span| span["name"] == name);
    let span = matches
        .next()
        .unwrap_or_else(|| unreachable!("no span {name} in {spans:?}"));
    assert!(matches.next().is_none(), "two spans are named {name}");
    span
}

#[test]
fn requests_outbound_calls_and_task_attempts_are_spans_of_one_trace() {
    block_on(async {
        let collector = Collector::start().await;
        let service = service([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url("")),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hush%20hush"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("TRACE_TRUST_CALLERS", "true"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "deployment.environment.name=test",
            ),
        ])
        .await;
        let target = collector.url("/hook?token=hush");
        assert_eq!(send(&service, "POST", "/call", target, "01").await, 200);
        assert_eq!(
            send(&service, "GET", "/broken", String::new(), "01").await,
            500
        );
        service.run_due_tasks().await;
        assert!(service.has_spans());
        service.export_spans().await;
        assert!(!service.has_spans());

        let [hook, export] = collector.take().try_into().unwrap();
        assert_eq!((&*export.path, &*export.key), ("/v1/traces", "hush hush"));
        assert_eq!(export.content_type, "application/json");
        assert!(!export.body.to_string().contains("hush"));
        let resource = &export.body["resourceSpans"][0]["resource"];
        for (key, value) in [
            ("service.name", "shop"),
            ("deployment.environment.name", "test"),
        ] {
            assert_eq!(attribute(resource, key), json!({ "stringValue": value }));
        }

        let spans = export.spans();
        assert_eq!(spans.len(), 4);
        let call = span_named(&spans, "POST /call");
        let broken = span_named(&spans, "GET /broken");
        let out = span_named(&spans, "POST");
        let task = span_named(&spans, "task fail");
        for span in &spans {
            assert_eq!(span["traceId"], TRACE);
            assert_eq!(span["traceState"], "rojo=1");
        }
        let parents = [call, broken, out, task].map(|span| &span["parentSpanId"]);
        let (caller, request) = (json!(CALLER), &call["spanId"]);
        assert_eq!(parents, [&caller, &caller, request, request]);
        let kinds = [call, broken, out, task].map(|span| span["kind"].as_u64().unwrap());
        assert_eq!(kinds, [2, 2, 3, 5]);
        // The target of the outbound call received a `traceparent` that contains the span of the call.
        let id = out["spanId"].as_str().unwrap();
        assert_eq!(hook.parent, format!("00-{TRACE}-{id}-01"));

        assert_eq!(call["status"], Value::Null);
        assert_eq!(
            attribute(call, "http.route"),
            json!({ "stringValue": "/call" })
        );
        let status = attribute(call, "http.response.status_code");
        assert_eq!(status, json!({ "intValue": "200" }));
        assert_eq!(
            attribute(out, "server.address"),
            json!({ "stringValue": "127.0.0.1" })
        );
        assert_eq!(
            broken["status"],
            json!({"code": 2, "message": "Internal Server Error"})
        );
        assert_eq!(
            attribute(broken, "error.type"),
            json!({ "stringValue": "internal" })
        );
        assert_eq!(task["status"], json!({"code": 2, "message": "it broke"}));
        assert_eq!(
            attribute(task, "whippet.task.attempt"),
            json!({ "intValue": "1" })
        );
    });
}

#[test]
fn task_middleware_is_part_of_the_attempt_which_is_a_child_of_the_request() {
    block_on(async {
        let collector = Collector::start().await;
        let service = service([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url("")),
            ("ALERT_URL", &collector.url("/alert")),
            ("TRACE_TRUST_CALLERS", "true"),
        ])
        .await;
        let target = collector.url("/hook");
        assert_eq!(send(&service, "POST", "/call", target, "01").await, 200);
        service.run_due_tasks().await;
        service.export_spans().await;
        let [_, alert, export] = collector.take().try_into().unwrap();
        let spans = export.spans();
        let (request, task) = (
            span_named(&spans, "POST /call"),
            span_named(&spans, "task fail"),
        );
        assert_eq!(
            (&task["traceId"], &task["parentSpanId"]),
            (&json!(TRACE), &request["spanId"])
        );
        let outbound = spans
            .iter()
            .filter(|span| span["parentSpanId"] == task["spanId"]);
        let [outbound] = outbound.collect::<Vec<_>>().try_into().unwrap();
        let id = outbound["spanId"].as_str().unwrap();
        assert_eq!(alert.parent, format!("00-{TRACE}-{id}-01"));
    });
}

#[test]
fn only_a_trusted_caller_decides_that_a_trace_is_not_exported() {
    block_on(async {
        let collector = Collector::start().await;
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url(""));
        for (trusts, flags, is_exported) in [
            ("false", "00", true),
            ("false", "01", true),
            ("true", "00", false),
            ("true", "01", true),
        ] {
            let service = service([endpoint, ("TRACE_TRUST_CALLERS", trusts)]).await;
            send(&service, "GET", "/nothing", String::new(), flags).await;
            assert_eq!(service.has_spans(), is_exported, "{trusts} {flags}");
        }
    });
}

#[test]
fn spans_are_exported_in_batches() {
    block_on(async {
        let collector = Collector::start().await;
        let endpoint = collector.url("/in");
        let service = service([("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint)]).await;
        send(&service, "GET", "/nothing", String::new(), "01").await;
        let first = tokio::spawn({
            let service = service.clone();
            async move { service.export_spans_soon().await }
        });
        tokio::task::yield_now().await;
        send(&service, "GET", "/nothing", String::new(), "01").await;
        // The second export returns immediately, because the first export still waits for more spans. The first export
        // will also export the second span.
        service.export_spans_soon().await;
        assert!(service.has_spans());
        first.await.unwrap();
        let [export] = collector.take().try_into().unwrap();
        assert_eq!((&*export.path, export.spans().len()), ("/in", 2));
    });
}

#[test]
fn spans_are_buffered_while_the_collector_fails_and_the_oldest_spans_are_dropped() {
    block_on(async {
        let collector = Collector::start().await;
        let service = service([("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url(""))]).await;
        collector.respond(StatusCode::SERVICE_UNAVAILABLE);
        send(&service, "GET", "/broken", String::new(), "01").await;
        service.export_spans().await;
        assert!(service.has_spans());
        for _ in 0..2048 {
            send(&service, "GET", "/nothing", String::new(), "01").await;
        }
        assert_eq!(collector.take().len(), 1);
        collector.respond(StatusCode::OK);
        service.export_spans().await;
        let exports = collector.take();
        let sizes: Vec<_> = exports.iter().map(|export| export.spans().len()).collect();
        assert_eq!(sizes, [512; 4]);
        let mut spans = exports.iter().flat_map(|export| export.spans());
        assert!(spans.all(|span| span["name"] == "GET /nothing"));
    });
}

#[test]
fn spans_that_the_collector_rejects_permanently_are_not_sent_again() {
    block_on(async {
        let collector = Collector::start().await;
        let service = service([("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url(""))]).await;
        collector.respond(StatusCode::BAD_REQUEST);
        send(&service, "GET", "/nothing", String::new(), "01").await;
        service.export_spans().await;
        assert!(!service.has_spans());
    });
}

#[test]
fn an_export_to_an_unreachable_collector_ends_and_keeps_the_spans() {
    block_on(async {
        // Nothing listens on port 1.
        let service = service([("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]).await;
        send(&service, "GET", "/nothing", String::new(), "01").await;
        let exported = tokio::time::timeout(Duration::from_secs(30), service.export_spans());
        exported.await.unwrap();
        assert!(service.has_spans());
    });
}
