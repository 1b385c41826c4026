//! Layers of the app and of groups of operations.

use whippet::App;
use whippet::axum::Extension;
use whippet::axum::extract::Request;
use whippet::axum::http::{HeaderValue, Method, StatusCode};
use whippet::axum::middleware::{Next, from_fn};
use whippet::axum::response::{IntoResponse, Response};
use whippet::routing::get;
use whippet::testing::TestApp;

async fn inner(request: Request, next: Next) -> Response {
    tag("inner", request, next).await
}

async fn outer(request: Request, next: Next) -> Response {
    tag("outer", request, next).await
}

async fn tag(name: &'static str, mut request: Request, next: Next) -> Response {
    request
        .headers_mut()
        .append("x-seen", HeaderValue::from_static(name));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .append("x-passed", HeaderValue::from_static(name));
    response
}

/// Short-circuits requests for `/closed`. Panics on requests for `/fails`.
async fn guard(request: Request, next: Next) -> Response {
    match request.uri().path() {
        "/closed" => StatusCode::FORBIDDEN.into_response(),
        "/fails" => panic!("in a layer"),
        _ => next.run(request).await,
    }
}

async fn seen(Extension(word): Extension<&'static str>, request: Request) -> String {
    let seen = request.headers().get_all("x-seen").iter();
    let seen: Vec<_> = seen.map(|value| value.to_str().unwrap()).collect();
    format!("{word} {}", seen.join(" "))
}

async fn app() -> TestApp {
    TestApp::new(|_| {
        let app = App::new().route("/{any}", get(seen));
        let app = app.layer(Extension("word")).layer(from_fn(inner));
        Ok(app.layer(from_fn(outer)).layer(from_fn(guard)))
    })
    .await
}

#[whippet::test]
async fn the_layer_that_was_added_last_runs_first() {
    let response = app().await.get("/a").await;
    assert_eq!(response.text(), "word outer inner");
    let passed = response.headers.get_all("x-passed").iter();
    assert_eq!(passed.collect::<Vec<_>>(), ["inner", "outer"]);
    assert_eq!(response.header("x-request-id").len(), 32);
}

#[whippet::test]
async fn layers_also_run_for_requests_without_a_route() {
    let app = app().await;
    let missing = app.get("/no/such/path").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json()["code"], "not_found");
    assert_eq!(missing.headers.get_all("x-passed").iter().count(), 2);
    let wrong = app.post("/a").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS");
    let head = app.request(Method::HEAD, "/a").await;
    assert_eq!(
        (head.header("content-length"), head.text()),
        ("16", String::new())
    );
    let options = app.request(Method::OPTIONS, "/a").await;
    assert_eq!(options.status, StatusCode::NO_CONTENT);
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_layer_may_short_circuit_or_panic() {
    let app = app().await;
    assert_eq!(app.get("/closed").await.status, StatusCode::FORBIDDEN);
    let failed = app.get("/fails").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.json()["code"], "internal");
    assert_eq!(app.get("/a").await.status, StatusCode::OK);
}

/// Layers of a group of operations.
mod group {
    use whippet::axum::Extension;
    use whippet::axum::body::Body;
    use whippet::axum::extract::{FromRequestParts, Request};
    use whippet::axum::http::{HeaderMap, Method, StatusCode};
    use whippet::axum::middleware::{Next, from_fn};
    use whippet::axum::response::Response;
    use whippet::openapi::Info;
    use whippet::testing::TestApp;
    use whippet::{
        App, AppError, Config, Context, Path, Problem, delete, dependency, get, post, routes,
    };

    use super::{inner, outer};

    #[derive(Clone)]
    struct Admin(&'static str);

    #[dependency]
    async fn admin(headers: HeaderMap) -> Result<Admin, Problem> {
        let is_admin = headers.get("x-admin").is_some_and(|value| value == "yes");
        is_admin
            .then_some(Admin("ada"))
            .ok_or_else(|| Problem::unauthorized("admins only"))
    }

    /// Rejects requests of users who are not admins.
    async fn only_admins(
        Extension(context): Extension<Context>,
        request: Request,
        next: Next,
    ) -> Result<Response, Problem> {
        let (mut parts, body) = request.into_parts();
        Admin::from_request_parts(&mut parts, &context).await?;
        Ok(next.run(Request::from_parts(parts, body)).await)
    }

    /// Passes an empty request to the next layer, without the extensions of the original request.
    async fn discard_request(_: Request, next: Next) -> Response {
        next.run(Request::default()).await
    }

    #[get("/users")]
    async fn list_users(headers: HeaderMap) -> String {
        seen(&headers)
    }

    #[post("/users")]
    async fn create_user(headers: HeaderMap) -> String {
        seen(&headers)
    }

    #[delete("/users/{name}")]
    async fn delete_user(Path(name): Path<String>, Admin(by): Admin, headers: HeaderMap) -> String {
        format!("{name} by {by}, {}", seen(&headers))
    }

    #[get("/panics")]
    #[expect(clippy::unused_async, reason = "it panics first")]
    async fn panics() -> String {
        panic!("in a group")
    }

    #[get("/forgotten")]
    async fn forgotten() {}

    #[get("/plain")]
    async fn plain() {}

    fn seen(headers: &HeaderMap) -> String {
        let seen = headers.get_all("x-seen").iter();
        seen.map(|value| value.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn app(_: &Config) -> Result<App, AppError> {
        Ok(App::new()
            .openapi(Info::new("Users", "1"))
            .routes(routes![list_users, plain])
            .routes(
                routes![create_user, delete_user, panics]
                    .layer(from_fn(inner))
                    .layer(from_fn(only_admins)),
            )
            .routes(routes![forgotten].layer(from_fn(discard_request))))
    }

    #[whippet::test]
    async fn a_layer_runs_only_for_the_operations_of_its_group() {
        let app = TestApp::new(app).await;
        assert_eq!(app.get("/users").await.text(), "");
        assert_eq!(app.post("/users").await.status, StatusCode::UNAUTHORIZED);
        let created = app.post("/users").header("x-admin", "yes").await;
        assert_eq!(created.text(), "inner");
        assert_eq!(created.header("x-passed"), "inner");
        let gone = app
            .request(Method::DELETE, "/users/bob%20b")
            .header("x-admin", "yes")
            .await;
        assert_eq!(gone.text(), "bob b by ada, inner");
    }

    #[whippet::test]
    async fn group_layers_do_not_run_for_requests_without_an_operation() {
        let app = TestApp::new(app).await;
        let other = app.request(Method::PUT, "/users").await;
        assert_eq!(
            (other.status, other.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, POST, HEAD, OPTIONS")
        );
        assert_eq!(
            app.get("/users/bob").await.status,
            StatusCode::METHOD_NOT_ALLOWED
        );
        assert_eq!(app.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    }

    #[whippet::test]
    async fn app_layers_run_outside_group_layers() {
        let app = TestApp::new(|config| Ok(app(config)?.layer(from_fn(outer)))).await;
        assert_eq!(app.get("/users").await.text(), "outer");
        let created = app.post("/users").header("x-admin", "yes").await;
        assert_eq!(created.text(), "outer inner");
    }

    #[whippet::test]
    async fn an_error_in_a_group_with_layers_returns_a_problem_document() {
        let app = TestApp::new(app).await;
        let forgotten = app.get("/forgotten").await;
        assert_eq!(forgotten.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(forgotten.json()["code"], "internal");
        #[cfg(not(target_arch = "wasm32"))]
        {
            let panicked = app.get("/panics").header("x-admin", "yes").await;
            assert_eq!(panicked.json()["code"], "internal");
        }
    }

    #[whippet::test]
    async fn the_host_reads_all_headers_for_an_operation_in_a_group_with_layers() {
        let app = TestApp::new(app).await;
        let asks_for_all = async |path: &str| {
            let mut is_all = false;
            let request = Request::get(path).body(Body::empty()).unwrap();
            let handled = app
                .service()
                .handle_with_lazy_headers(request, |_, headers| {
                    is_all = headers.names().is_none();
                });
            drop(handled.await);
            is_all
        };
        assert!(!asks_for_all("/plain").await);
        assert!(asks_for_all("/forgotten").await);
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[whippet::test]
    async fn the_openapi_document_has_the_operations_of_a_group() {
        let document = TestApp::new(app).await.get("/openapi.json").await.json();
        assert_eq!(
            document["paths"]["/users"]["post"]["operationId"],
            "create_user"
        );
        assert_eq!(
            document["paths"]["/users/{name}"]["delete"]["operationId"],
            "delete_user"
        );
    }
}
