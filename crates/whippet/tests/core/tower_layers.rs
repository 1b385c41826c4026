//! Layers of tower-http, and the timeout layer.

use std::time::Duration;

#[cfg(not(target_arch = "wasm32"))]
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestId, RequestId};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveHeadersLayer;
use whippet::axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use whippet::layers::Timeout;
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Clock};

async fn hello(headers: HeaderMap) -> String {
    let secret = headers.get("authorization");
    let hidden = secret.is_some_and(|secret| secret.is_sensitive());
    format!("hello {hidden} {}", "x".repeat(1_000))
}

async fn app(add: impl FnOnce(App) -> App) -> TestApp {
    TestApp::new(|_| Ok(add(App::new().route("/", get(hello))))).await
}

#[whippet::test]
fn the_cors_layer_works() {
    block_on(async {
        let cors = CorsLayer::new().allow_methods([Method::GET, Method::POST]);
        let origin: whippet::axum::http::HeaderValue = "https://app.example".parse().unwrap();
        let app = app(|app| {
            app.layer(
                cors.allow_origin(origin)
                    .allow_headers([header::AUTHORIZATION]),
            )
        })
        .await;
        let preflight = app
            .request(Method::OPTIONS, "/")
            .header("origin", "https://app.example");
        let preflight = preflight
            .header("access-control-request-method", "POST")
            .await;
        assert_eq!(preflight.status, StatusCode::OK);
        assert_eq!(
            preflight.header("access-control-allow-origin"),
            "https://app.example"
        );
        assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST");
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            "authorization"
        );
        for path in ["/", "/missing"] {
            let response = app.get(path).header("origin", "https://app.example").await;
            assert_eq!(
                response.header("access-control-allow-origin"),
                "https://app.example",
                "{path}"
            );
        }
    });
}

/// Generates the request id `7`.
#[derive(Clone)]
struct FixedId;

impl MakeRequestId for FixedId {
    fn make_request_id<B>(&mut self, _: &whippet::axum::http::Request<B>) -> Option<RequestId> {
        Some(RequestId::new("7".parse().unwrap()))
    }
}

#[whippet::test]
fn the_request_id_layer_works_with_a_custom_header() {
    block_on(async {
        let name = HeaderName::from_static("x-trace");
        let propagate = PropagateRequestIdLayer::new(name.clone());
        let app = app(|app| {
            app.layer(propagate)
                .layer(SetRequestIdLayer::new(name, FixedId))
        })
        .await;
        assert_eq!(app.get("/").await.header("x-trace"), "7");
        assert_eq!(
            app.get("/").header("x-trace", "8").await.header("x-trace"),
            "8"
        );
    });
}

#[whippet::test]
fn the_sensitive_headers_layer_works() {
    block_on(async {
        let app =
            app(|app| app.layer(SetSensitiveHeadersLayer::new([header::AUTHORIZATION]))).await;
        assert!(
            app.get("/")
                .bearer("secret")
                .await
                .text()
                .starts_with("hello true")
        );
    });
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_compression_layer_works() {
    block_on(async {
        let app = app(|app| app.layer(CompressionLayer::new())).await;
        let plain = app.get("/").await;
        assert_eq!(plain.header("content-encoding"), "");
        let small = app.get("/").header("accept-encoding", "gzip").await;
        assert_eq!(small.header("content-encoding"), "gzip");
        assert_eq!(small.header("vary"), "accept-encoding");
        assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() < plain.body.len() / 4);
    });
}

async fn never(clock: Clock) -> &'static str {
    clock.sleep(Duration::MAX).await;
    "late"
}

async fn soon(clock: Clock) -> &'static str {
    clock.sleep(Duration::from_millis(49)).await;
    "soon"
}

#[whippet::test]
fn a_request_that_takes_too_long_returns_503() {
    block_on(async {
        let app = App::new()
            .route("/never", get(never))
            .route("/soon", get(soon));
        let app = app.layer(Timeout::after(Duration::from_millis(50)));
        let app = TestApp::new(|_| Ok(app)).await;
        let (late, _) = tokio::join!(app.get("/never"), app.advance("50ms"));
        assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(late.json()["code"], "timeout");
        assert_eq!(late.header("x-request-id").len(), 32);
        let (soon, _) = tokio::join!(app.get("/soon"), app.advance("50ms"));
        assert_eq!(
            (soon.status, soon.text().as_str()),
            (StatusCode::OK, "soon")
        );
    });
}
