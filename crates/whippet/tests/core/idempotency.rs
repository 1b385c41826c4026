//! The idempotency layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::stream;
use tokio::sync::Notify;
use whippet::axum::Extension;
use whippet::axum::body::Body;
use whippet::axum::http::{HeaderMap, Method, StatusCode, Uri};
use whippet::axum::response::{IntoResponse, Response};
use whippet::layers::{Idempotency, StoreResponse};
use whippet::response::SetCookie;
use whippet::routing::post;
use whippet::testing::{TestApp, TestRequest, TestResponse, block_on};
use whippet::{App, Created, Migration, Migrations, Problem, dependency, query};

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_idempotency.sql",
    sql: Idempotency::SCHEMA,
}]);

/// The number of times that a handler ran.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicU32>);

impl Runs {
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

async fn create(Extension(runs): Extension<Runs>) -> (SetCookie, SetCookie, Created<u32>) {
    let number = runs.next();
    let cookie = |name: &str| SetCookie::new(name, number.to_string());
    (
        cookie("a"),
        cookie("b"),
        Created::at(format!("/{number}"), number),
    )
}

/// Responds with the status in the query. If the query is `marked`, responds with a 402 and asks the layer to store
/// this response. A handler asks for this if it has changed data although it returns an error.
async fn fails(Extension(runs): Extension<Runs>, uri: Uri) -> Response {
    let run = runs.next().to_string();
    match uri.query() {
        Some("marked") => (StatusCode::PAYMENT_REQUIRED, StoreResponse, run).into_response(),
        status => (status.unwrap().parse::<StatusCode>().unwrap(), run).into_response(),
    }
}

async fn panics() -> String {
    panic!("in a handler")
}

async fn long(Extension(runs): Extension<Runs>) -> String {
    runs.next();
    "x".repeat(1024 * 1024 + 1)
}

async fn streams(Extension(runs): Extension<Runs>) -> Body {
    let pieces = [Ok::<_, std::io::Error>(runs.next().to_string())];
    Body::from_stream(stream::iter(pieces))
}

/// Waits until the test calls `notify_one`.
async fn slow(Extension(go): Extension<Arc<Notify>>, Extension(runs): Extension<Runs>) -> String {
    go.notified().await;
    runs.next().to_string()
}

/// The user in the token, which has the form `<user>.<serial number>`. Without a token, the user is anonymous.
#[derive(Clone)]
struct User(String);

#[dependency]
async fn user(headers: HeaderMap) -> Result<User, Problem> {
    let token = headers
        .get("authorization")
        .map(|token| token.to_str().unwrap());
    match token.map(|token| token.trim_start_matches("Bearer ").split_once('.').unwrap()) {
        None => Ok(User(String::new())),
        Some((_, "revoked")) => Err(Problem::unauthorized("the token was revoked")),
        Some((user, _)) => Ok(User(user.to_owned())),
    }
}

fn by_user() -> Idempotency {
    Idempotency::by(|user: User| user.0)
}

struct Fixture {
    app: TestApp,
    go: Arc<Notify>,
}

impl Fixture {
    async fn new(layer: Idempotency) -> Self {
        let go = Arc::new(Notify::new());
        let app = App::new().migrations(MIGRATIONS).body_limit(100);
        let app = app.route("/create", post(create).put(create).patch(create));
        let app = app
            .route("/fails", post(fails))
            .route("/panics", post(panics))
            .route("/long", post(long));
        let app = app
            .route("/streams", post(streams))
            .route("/slow", post(slow));
        let app = app
            .layer(layer)
            .layer(Extension(Runs::default()))
            .layer(Extension(Arc::clone(&go)));
        Self {
            app: TestApp::new(|_| Ok(app)).await,
            go,
        }
    }

    fn post(&self, path: &str, key: &str) -> TestRequest<'_> {
        let request = self.app.post(path);
        if key.is_empty() {
            request
        } else {
            request.header("idempotency-key", key)
        }
    }
}

fn is_replayed(response: &TestResponse) -> bool {
    response.header("idempotent-replayed") == "true"
}

#[whippet::test]
fn a_repeated_request_gets_the_first_response() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        let first = app.post("/create", "k").json("{}").await;
        assert_eq!(
            (first.status, first.text().as_str()),
            (StatusCode::CREATED, "1")
        );
        assert!(!is_replayed(&first));
        // The IETF draft of the header `Idempotency-Key` defines the key as a quoted string.
        for key in ["k", "\"k\""] {
            let again = app.post("/create", key).json("{}").await;
            assert_eq!(
                (again.status, again.text().as_str()),
                (StatusCode::CREATED, "1")
            );
            assert!(is_replayed(&again));
            for name in ["location", "content-type"] {
                assert_eq!(again.header(name), first.header(name), "{name}");
            }
            let cookies = |response: &TestResponse| {
                response
                    .headers
                    .get_all("set-cookie")
                    .iter()
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(cookies(&again), cookies(&first));
            assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        }
        assert_eq!(app.post("/create", "other").json("{}").await.text(), "2");
        assert_eq!(app.post("/create", "").json("{}").await.text(), "3");
    });
}

#[whippet::test]
fn a_different_request_with_the_same_key_is_rejected() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        app.post("/create", "k").json("{}").await;
        for request in [
            app.post("/create", "k").json("{ }"),
            app.post("/create?a=1", "k").json("{}"),
            app.post("/fails?200", "k").json("{}"),
            app.app
                .request(Method::PATCH, "/create")
                .header("idempotency-key", "k")
                .json("{}"),
        ] {
            let rejected = request.await;
            assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY);
            let error = &rejected.json()["errors"][0];
            assert_eq!(error["pointer"], "/idempotency-key");
            assert_eq!(error["code"], "reused");
        }
    });
}

#[whippet::test]
fn keys_are_scoped_to_the_caller_and_not_to_its_credentials() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        let post = || app.post("/create", "k").json("{}");
        assert_eq!(post().await.text(), "1");
        assert_eq!(post().bearer("ada.1").await.text(), "2");
        assert_eq!(post().bearer("bob.1").await.text(), "3");
        // The same users repeat their requests: `ada` with a renewed token, and `bob` with a renewed token and a
        // session.
        assert_eq!(post().bearer("ada.2").await.text(), "2");
        let session = post().bearer("bob.2").header("cookie", "session=b");
        assert_eq!(session.await.text(), "3");
        let all: Vec<(Vec<u8>,)> = query("select scope from idempotent_requests")
            .fetch_all(&app.app.context().db())
            .await
            .unwrap();
        assert!(
            all.iter().all(|(scope,)| scope.len() == 32),
            "the table has credentials"
        );
    });
}

#[whippet::test]
fn a_caller_whose_credentials_were_revoked_gets_no_stored_response() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        let post = |token| app.post("/create", "k").json("{}").bearer(token);
        assert_eq!(post("ada.1").await.text(), "1");
        let rejected = post("ada.revoked").await;
        rejected.assert_problem(401, "authentication_failed");
        assert_eq!(rejected.header("idempotent-replayed"), "");
    });
}

#[whippet::test]
fn anonymous_callers_can_share_their_keys() {
    block_on(async {
        let app = Fixture::new(Idempotency::by(|(): ()| String::new())).await;
        let post = || app.post("/create", "k").json("{}");
        assert_eq!(post().bearer("a").await.text(), "1");
        assert_eq!(post().bearer("b").await.text(), "1");
    });
}

#[whippet::test]
fn a_handler_that_fails_is_not_called_again() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        for (status, text) in [(500, "1"), (503, "2"), (302, "3")] {
            let path = format!("/fails?{status}");
            for is_retry in [false, true] {
                let response = app.post(&path, text).await;
                assert_eq!(
                    (response.status.as_u16(), response.text().as_str()),
                    (status, text)
                );
                assert_eq!(is_replayed(&response), is_retry, "{status}");
            }
        }
    });
}

#[whippet::test]
fn a_client_error_frees_the_key_unless_the_handler_has_changed_data() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        for text in ["1", "2"] {
            let response = app.post("/fails?409", "a").await;
            assert_eq!(
                (response.status.as_u16(), response.text().as_str()),
                (409, text)
            );
        }
        for _ in 0..2 {
            let response = app.post("/fails?marked", "b").await;
            assert_eq!(
                (response.status.as_u16(), response.text().as_str()),
                (402, "3")
            );
        }
    });
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_handler_that_panicked_is_not_called_again() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        assert!(!is_replayed(&app.post("/panics", "p").await));
        let again = app.post("/panics", "p").await;
        again.assert_problem(500, "internal");
        assert!(is_replayed(&again));
    });
}

#[whippet::test]
fn a_second_request_is_rejected_while_the_first_is_in_flight() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        // Either of the two requests may be the first to claim the idempotency key.
        let post = || async {
            let response = app.post("/slow", "k").await;
            if response.status == StatusCode::CONFLICT {
                app.go.notify_one();
            }
            response
        };
        let (a, b) = tokio::join!(post(), post());
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        assert_eq!(app.post("/slow", "k").await.text(), "1");
    });
}

#[whippet::test]
fn a_request_that_never_completed_may_be_retried_after_the_pending_timeout() {
    block_on(async {
        let app = Fixture::new(by_user().pending_timeout(Duration::from_secs(5))).await;
        let lost = app.post("/slow", "k").into_future();
        // Drops the first request after it has claimed the key, as if the client or the server had died.
        let key_taken =
            async { while app.post("/slow", "k").await.status != StatusCode::CONFLICT {} };
        tokio::select! { biased; _ = lost => panic!("the request completed"), () = key_taken => {} }
        app.app.advance(Duration::from_secs(4)).await;
        assert_eq!(app.post("/slow", "k").await.status, StatusCode::CONFLICT);
        app.app.advance(Duration::from_secs(1)).await;
        app.go.notify_one();
        assert_eq!(app.post("/slow", "k").await.text(), "1");
    });
}

#[whippet::test]
fn a_response_is_stored_for_twelve_hours_by_default() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        assert_eq!(app.post("/create", "k").await.text(), "1");
        app.app.advance(Duration::from_secs(12 * 3600 - 1)).await;
        assert_eq!(app.post("/create", "k").await.text(), "1");
        app.app.advance(Duration::from_secs(1)).await;
        assert_eq!(app.post("/create", "k").await.text(), "2");
        let rows: i64 = query("select count(*) from idempotent_requests")
            .fetch_one(&app.app.context().db())
            .await
            .unwrap();
        assert_eq!(rows, 1);
    });
}

#[whippet::test]
fn a_response_that_cannot_be_stored_is_returned_once() {
    block_on(async {
        let app = Fixture::new(by_user()).await;
        assert_eq!(app.post("/long", "l").await.body.len(), 1024 * 1024 + 1);
        assert_eq!(app.post("/streams", "s").await.text(), "2");
        app.app.advance(Duration::from_secs(3600)).await;
        assert_eq!(app.post("/long", "l").await.status, StatusCode::CONFLICT);
        assert_eq!(app.post("/streams", "s").await.status, StatusCode::CONFLICT);
    });
}

#[whippet::test]
fn the_layer_ignores_keys_of_requests_that_it_does_not_select() {
    block_on(async {
        let only = by_user()
            .required()
            .only(|request| request.uri.path() == "/create");
        let app = Fixture::new(only).await;
        let missing = app.post("/create", "").await;
        assert_eq!(missing.status, StatusCode::BAD_REQUEST);
        assert_eq!(missing.json()["code"], "idempotency_key_missing");
        for key in ["\"\"", "é", &"x".repeat(257)] {
            assert_eq!(
                app.post("/create", key).await.status,
                StatusCode::BAD_REQUEST,
                "{key}"
            );
        }
        assert_eq!(app.post("/create", &"x".repeat(256)).await.text(), "1");
        assert_eq!(app.post("/streams", "").await.text(), "2");
        assert_eq!(app.post("/streams", "k").await.text(), "3");
        assert_eq!(app.post("/streams", "k").await.text(), "4");
        // PUT is idempotent, so the layer ignores the key.
        for expected in ["5", "6"] {
            let put = app
                .app
                .request(Method::PUT, "/create")
                .header("idempotency-key", "k");
            assert_eq!(put.await.text(), expected);
        }
        let long = app.post("/create", "long").body("x".repeat(101)).await;
        assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    });
}
