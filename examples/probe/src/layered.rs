//! Layers and the tables that they need, where the variable `LAYERS` is set: every request of an app pays for the ones, every
//! instance for looking at the others, and the benchmark measures an app without.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tower_http::cors::CorsLayer;
use tower_http::sensitive_headers::SetSensitiveHeadersLayer;
use whippet::axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use whippet::layers::{Idempotency, RateLimit, Timeout};
use whippet::{App, Clock, Config, Created, Random, get, migrations, post, routes};

pub(crate) fn add(app: App, config: &Config) -> App {
    if config.get("LAYERS").is_none_or(str::is_empty) {
        return app;
    }
    let caller = |headers: &HeaderMap| Some(headers.get("x-caller")?.to_str().ok()?.to_owned());
    let quota = RateLimit::new("default", 3, Duration::from_secs(60));
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://app.example"))
        .allow_methods([Method::GET, Method::POST]);
    app.migrations(migrations!("migrations"))
        .routes(routes![create_order, late, sensitive])
        .layer(Idempotency::new().only(|request| request.uri.path() == "/orders"))
        .layer(burst())
        .layer(Timeout::after(Duration::from_millis(1_500)))
        .layer(quota.by(move |request| caller(&request.headers)))
        .layer(SetSensitiveHeadersLayer::new([header::AUTHORIZATION]))
        .layer(cors)
}

/// Five in ten seconds for each value of a header, counted by the platform on Workers.
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
fn burst() -> RateLimit<whippet::cloudflare::RateLimitBinding> {
    of_burst().counted_by(whippet::cloudflare::RateLimitBinding::new("BURST"))
}

#[cfg(not(all(feature = "cloudflare", target_arch = "wasm32")))]
fn burst() -> RateLimit {
    of_burst()
}

fn of_burst() -> RateLimit {
    let quota = RateLimit::new("burst", 5, Duration::from_secs(10));
    quota.by(|request| Some(request.headers.get("x-burst")?.to_str().ok()?.to_owned()))
}

#[derive(Serialize, JsonSchema)]
struct Order {
    id: u64,
}

/// An order with an id of its own, after a moment if the query says `slow`.
#[post("/orders")]
async fn create_order(uri: Uri, clock: Clock, random: Random) -> Created<Order> {
    if uri.query() == Some("slow") {
        clock.sleep(Duration::from_millis(300)).await;
    }
    let id = u64::from_le_bytes(random.bytes()) >> 11;
    Created::at(format!("/orders/{id}"), Order { id })
}

#[get("/late")]
async fn late(clock: Clock) -> &'static str {
    clock.sleep(Duration::from_secs(60)).await;
    "late"
}

/// Whether the key is kept out of what is shown of the headers.
#[get("/sensitive")]
async fn sensitive(headers: HeaderMap) -> String {
    let key = headers.get(header::AUTHORIZATION);
    key.is_some_and(HeaderValue::is_sensitive).to_string()
}
