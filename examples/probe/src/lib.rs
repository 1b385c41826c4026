//! A small API for the host tests, with operations such as a handler that panics.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::HeaderMap;
use whippet::axum::response::AppendHeaders;
use whippet::{App, AppError, Clock, Config, Json, Path, Problem, Valid, get, post, routes};

mod blobs;
mod data;
mod groups;
mod handlers;
mod inputs;
mod layered;
mod records;
mod responses;
mod schedules;
mod sockets;

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    use whippet::cloudflare::sqlx_d1::{self, sqlx_core::row::Row};
    use whippet::cloudflare::{entry, sqlx_connection};
    use whippet::{App, AppError, Config, Problem, get, routes};

    entry!(app);

    fn app(config: &Config) -> Result<App, AppError> {
        Ok(crate::app(config)?.routes(routes![read_with_sqlx]))
    }

    #[get("/sqlx")]
    async fn read_with_sqlx() -> Result<String, Problem> {
        let connection = sqlx_connection()?;
        let query = sqlx_d1::query("select ?1 as text").bind("seven");
        let row = query
            .fetch_one(&connection)
            .await
            .map_err(Problem::internal)?;
        row.try_get("text").map_err(Problem::internal)
    }
}

#[cfg(all(feature = "spin", target_arch = "wasm32"))]
mod spin {
    whippet::spin::entry!(crate::app);
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct User {
    id: u32,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u8>,
}

/// The body of a request that creates a user.
#[derive(Deserialize, Validate, JsonSchema)]
struct NewUser {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(email)]
    email: String,
    #[validate(range(max = 150))]
    age: u8,
}

/// Creates the app `probe`.
///
/// # Errors
///
/// Never fails.
pub fn app(config: &Config) -> Result<App, AppError> {
    let app = handlers::routes(records::routes(data::routes(blobs::routes(App::new()))));
    let app = sockets::routes(inputs::routes(responses::routes(app))).routes(routes![
        text,
        get_user,
        create_user,
        echo,
        pass,
        wait,
        headers,
        cookies,
        pieces,
        fail,
        panic,
        panic_later,
        variable,
        memory
    ]);
    Ok(layered::add(schedules::add(app, config), config))
}

#[get("/text")]
async fn text() -> &'static str {
    "hello"
}

#[get("/users/{id}")]
async fn get_user(Path(id): Path<u32>) -> Json<User> {
    Json(User {
        id,
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        age: None,
    })
}

#[post("/users", status = 201)]
async fn create_user(Valid(Json(new)): Valid<Json<NewUser>>) -> Json<User> {
    Json(User {
        id: 1,
        name: new.name,
        email: new.email,
        age: Some(new.age),
    })
}

#[post("/echo")]
async fn echo(body: Bytes) -> Bytes {
    body
}

/// Sends each piece of the request's body back when the piece arrives.
#[post("/pass")]
async fn pass(body: Body) -> Body {
    body
}

/// Responds after 300 ms, so that tests can act while the request is in flight.
#[get("/wait")]
async fn wait(clock: Clock) -> &'static str {
    clock.sleep(Duration::from_millis(300)).await;
    "waited"
}

/// Returns the values of a header. A host may join repeated headers (RFC 9110 section 5.3).
#[get("/headers/{name}")]
async fn headers(Path(name): Path<String>, headers: HeaderMap) -> String {
    let values = headers.get_all(name).into_iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(", ")
}

#[get("/cookies")]
async fn cookies() -> (
    AppendHeaders<[(&'static str, &'static str); 2]>,
    &'static str,
) {
    let cookies = AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2")]);
    (cookies, "two cookies")
}

/// Streams three pieces, 300 ms apart, without a `Content-Length`.
#[get("/pieces")]
async fn pieces(clock: Clock) -> Body {
    let pieces = stream::iter(["one ", "two ", "three"]).enumerate();
    Body::from_stream(pieces.then(move |(at, piece)| {
        let clock = clock.clone();
        async move {
            if at > 0 {
                clock.sleep(Duration::from_millis(300)).await;
            }
            Ok::<_, Infallible>(piece)
        }
    }))
}

#[get("/fail")]
async fn fail() -> Result<(), Problem> {
    Err(Problem::internal("the probe was asked to fail"))
}

#[expect(clippy::panic, reason = "tests how the host handles a panic")]
#[get("/panic")]
async fn panic() -> Result<(), Problem> {
    panic!("the probe was asked to panic")
}

#[expect(clippy::panic, reason = "tests how the host handles a panic")]
#[get("/panic-later")]
async fn panic_later(clock: Clock) -> Result<(), Problem> {
    clock.sleep(Duration::from_millis(20)).await;
    panic!("the probe was asked to panic later")
}

/// Returns a variable of the configuration.
#[get("/variables/{name}")]
async fn variable(Path(name): Path<String>, config: Config) -> String {
    config.get(&name).unwrap_or_default().to_owned()
}

/// Returns the size of the instance's memory in bytes, or 0 natively.
#[get("/memory")]
async fn memory() -> String {
    #[cfg(target_arch = "wasm32")]
    let pages = std::arch::wasm32::memory_size(0);
    #[cfg(not(target_arch = "wasm32"))]
    let pages = 0;
    // A page has 64 KiB (WebAssembly core specification, "Memory Instances").
    (pages * 65_536).to_string()
}
