//! A native server with axum and rusqlite, written by hand.

mod database;
mod host;
#[path = "../../axum-shared/item.rs"]
mod item;
mod items;
#[path = "../../axum-shared/log.rs"]
mod log;
#[path = "../../axum-shared/users.rs"]
mod users;

use std::env;

use axum::{Router, middleware, routing::get, routing::post};
use http::HeaderName;
use tokio::net::TcpListener;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    host::set_up_log();
    let database = database::Database::open(&env::var("DATABASE")?)?;
    let request_id = HeaderName::from_static("x-request-id");
    let router = Router::new()
        .route("/text", get(users::text))
        .route("/users/{id}", get(users::get))
        .route("/users", post(users::create))
        .route("/items", get(items::list).post(items::create))
        .route("/items/{id}", get(items::get).put(items::update))
        .with_state(database)
        .layer(middleware::from_fn(log::log))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(SetRequestIdLayer::new(request_id, log::NewRequestId));
    let listener = TcpListener::bind(("127.0.0.1", env::var("PORT")?.parse()?)).await?;
    Ok(axum::serve(listener, router).await?)
}
