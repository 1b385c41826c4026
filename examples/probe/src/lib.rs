//! A small API that the benchmarks and the host tests drive: the three operations that the benchmark compares, and what
//! only a test wants, such as a handler that panics.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::StatusCode;
use whippet::axum::response::{AppendHeaders, IntoResponse, Response};
use whippet::routing::{get, post};
use whippet::{App, AppError, Clock, Config, Json, Path, Problem, Valid};

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

/// A user, as the API shows it.
#[derive(Serialize)]
struct User {
    id: u32,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
}

/// What makes a user.
#[derive(Deserialize, Validate)]
struct NewUser {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(email)]
    email: String,
    #[validate(range(max = 150))]
    age: u8,
}

/// The probe.
///
/// # Errors
///
/// Never: it has no configuration.
pub fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new()
        .route("/text", get(text))
        .route("/users/{id}", get(get_user))
        .route("/users", post(create_user))
        .route("/echo", post(echo))
        .route("/wait", get(wait))
        .route("/cookies", get(cookies))
        .route("/stream", get(stream))
        .route("/panic", get(panic))
        .route("/panic-later", get(panic_later)))
}

async fn text() -> &'static str {
    "hello"
}

async fn get_user(Path(id): Path<u32>) -> Json<User> {
    Json(User {
        id,
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        age: None,
    })
}

async fn create_user(Valid(Json(new)): Valid<Json<NewUser>>) -> (StatusCode, Json<User>) {
    (
        StatusCode::CREATED,
        Json(User {
            id: 1,
            name: new.name,
            email: new.email,
            age: Some(new.age),
        }),
    )
}

async fn echo(body: Bytes) -> Bytes {
    body
}

/// Answers after a moment, for what else happens meanwhile.
async fn wait(clock: Clock) -> &'static str {
    clock.sleep(Duration::from_millis(300)).await;
    "waited"
}

async fn cookies() -> impl IntoResponse {
    (
        AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2")]),
        "two cookies",
    )
}

/// Three chunks of unknown total length.
async fn stream() -> Response {
    let chunks = ["one ", "two ", "three"]
        .map(|chunk| Ok::<_, std::convert::Infallible>(Bytes::from(chunk)));
    Body::from_stream(futures_util::stream::iter(chunks)).into_response()
}

#[expect(clippy::panic, reason = "what the host does then is tested")]
async fn panic() -> Result<(), Problem> {
    panic!("the probe was asked to panic")
}

#[expect(clippy::panic, reason = "what the host does then is tested")]
async fn panic_later(clock: Clock) -> Result<(), Problem> {
    clock.sleep(Duration::from_millis(20)).await;
    panic!("the probe was asked to panic later")
}
