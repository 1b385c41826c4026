//! An axum app on Cloudflare Workers. The app is set up in the usual way: it uses the feature `http` of the crate
//! `worker`, logs with `tracing-web`, and is built by `worker-build`.
//!
//! The axum template of workers-rs builds a `Router` for every request. This app builds the `Router` only once, which
//! is faster.

mod host;
#[path = "../../axum-shared/item.rs"]
mod item;
mod items;
#[path = "../../axum-shared/log.rs"]
mod log;
#[path = "../../axum-shared/users.rs"]
mod users;

use std::sync::OnceLock;

use axum::{Router, middleware, routing::get, routing::post};
use http::HeaderName;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_service::Service;
use worker::{Context, Env, HttpRequest, event};

static ROUTER: OnceLock<Router> = OnceLock::new();

#[event(fetch)]
async fn fetch(
    request: HttpRequest,
    env: Env,
    _context: Context,
) -> worker::Result<http::Response<axum::body::Body>> {
    let mut router = ROUTER.get_or_init(|| router(env)).clone();
    Ok(router.call(request).await?)
}

fn router(env: Env) -> Router {
    host::set_up_log(&env);
    let request_id = HeaderName::from_static("x-request-id");
    Router::new()
        .route("/text", get(users::text))
        .route("/users/{id}", get(users::get))
        .route("/users", post(users::create))
        .route("/items", get(items::list).post(items::create))
        .route("/items/{id}", get(items::get).put(items::update))
        .with_state(env)
        .layer(middleware::from_fn(log::log))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(SetRequestIdLayer::new(request_id, log::NewRequestId))
}
