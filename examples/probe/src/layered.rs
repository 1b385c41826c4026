//! If the variable `LAYERS` is set, this module adds layers to the app, and migrations that create the tables of the
//! layers. The benchmark does not set `LAYERS`, because layers take time in every request, and migrations take time at
//! every start of an instance. The operations `grouped`, `list_seen` and `add_seen` always have a layer, which affects no
//! other operation.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tower_http::cors::CorsLayer;
use tower_http::sensitive_headers::SetSensitiveHeadersLayer;
use whippet::axum::extract::Request;
use whippet::axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use whippet::axum::middleware::{Next, from_fn};
use whippet::axum::response::Response;
use whippet::layers::{DatabaseSessions, Idempotency, RateLimit, Timeout};
use whippet::{
    App, Clock, Config, Created, Db, Json, NoContent, Path, Problem, Random, get, migrations, post,
    query, routes,
};

pub(crate) fn add(app: App, config: &Config) -> App {
    let app = app
        .routes(routes![grouped].layer(from_fn(name_caller)))
        .routes(routes![list_seen, add_seen].layer(DatabaseSessions));
    if config.get("LAYERS").is_none_or(str::is_empty) {
        return app;
    }
    let caller = |headers: &HeaderMap| Some(headers.get("x-caller")?.to_str().ok()?.to_owned());
    let once = Idempotency::by(move |headers: HeaderMap| caller(&headers).unwrap_or_default());
    let quota = RateLimit::new("default", 3, Duration::from_secs(60));
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://app.example"))
        .allow_methods([Method::GET, Method::POST]);
    app.migrations(migrations!("migrations"))
        .routes(routes![create_order, late, sensitive])
        .layer(once.only(|request| request.uri.path() == "/orders"))
        .layer(burst())
        .layer(Timeout::after(Duration::from_millis(1_500)))
        .layer(quota.by(move |headers: HeaderMap| caller(&headers)))
        .layer(SetSensitiveHeadersLayer::new([header::AUTHORIZATION]))
        .layer(cors)
}

/// For each value of the header `x-burst`, allows five requests in ten seconds. On Workers, the platform counts the
/// requests.
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
fn burst() -> RateLimit<whippet::cloudflare::RateLimitBinding> {
    burst_quota().counted_by(whippet::cloudflare::RateLimitBinding::new("BURST"))
}

#[cfg(not(all(feature = "cloudflare", target_arch = "wasm32")))]
fn burst() -> RateLimit {
    burst_quota()
}

fn burst_quota() -> RateLimit {
    let quota = RateLimit::new("burst", 5, Duration::from_secs(10));
    quota.by(|headers: HeaderMap| Some(headers.get("x-burst")?.to_str().ok()?.to_owned()))
}

/// Copies the request's header `x-caller` to the response's header `x-called-by`.
async fn name_caller(request: Request, next: Next) -> Response {
    let caller = request.headers().get("x-caller").cloned();
    let mut response = next.run(request).await;
    let caller = caller.map(|caller| (HeaderName::from_static("x-called-by"), caller));
    response.headers_mut().extend(caller);
    response
}

/// Returns a fixed string. The operation reads no header, but its layer reads `x-caller`.
#[get("/grouped")]
async fn grouped() -> &'static str {
    "grouped"
}

/// Reads, in a database session, the names that [`add_seen`] has added.
#[get("/seen")]
async fn list_seen(db: Db) -> Result<Json<Vec<String>>, Problem> {
    Ok(Json(query("select name from seen").fetch_all(&db).await?))
}

/// Adds a name in a database session.
#[post("/seen/{name}")]
async fn add_seen(db: Db, Path(name): Path<String>) -> Result<NoContent, Problem> {
    db.batch([
        query("create table if not exists seen (name text not null) strict"),
        query("insert into seen (name) values (?1)").bind(name),
    ])
    .await?;
    Ok(NoContent)
}

#[derive(Serialize, JsonSchema)]
struct Order {
    id: u64,
}

/// Creates an order with a random id. With the query string `slow`, responds after 300 ms.
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

/// Returns whether `Authorization` is marked as sensitive, so that `Debug` output of the headers hides it.
#[get("/sensitive")]
async fn sensitive(headers: HeaderMap) -> String {
    let key = headers.get(header::AUTHORIZATION);
    key.is_some_and(HeaderValue::is_sensitive).to_string()
}
