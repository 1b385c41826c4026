//! An axum app on Cloudflare Workers. The app is set up in the usual way: it uses the feature `http` of the crate
//! `worker`, and is built by `worker-build`.
//!
//! The axum template of workers-rs builds a `Router` for every request. This app builds the `Router` only once, which
//! is faster.

use std::sync::LazyLock;

use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tower_service::Service;
use validator::Validate;
use worker::{Context, Env, HttpRequest, event};

static ROUTER: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/text", get(text))
        .route("/users/{id}", get(get_user))
        .route("/users", post(create_user))
});

#[event(fetch)]
async fn fetch(
    request: HttpRequest,
    _env: Env,
    _context: Context,
) -> worker::Result<http::Response<axum::body::Body>> {
    Ok(ROUTER.clone().call(request).await?)
}

async fn text() -> &'static str {
    "hello"
}

#[derive(Serialize)]
struct User {
    id: u32,
    name: &'static str,
    email: &'static str,
}

async fn get_user(Path(id): Path<u32>) -> Json<User> {
    Json(User {
        id,
        name: "Ada",
        email: "ada@example.com",
    })
}

#[derive(Deserialize, Validate)]
struct NewUser {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(email)]
    email: String,
    #[validate(range(max = 150))]
    age: u32,
}

#[derive(Serialize)]
struct CreatedUser {
    id: u32,
    name: String,
    email: String,
    age: u32,
}

async fn create_user(Json(new): Json<NewUser>) -> Response {
    if let Err(errors) = new.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let NewUser { name, email, age } = new;
    (
        StatusCode::CREATED,
        Json(CreatedUser {
            id: 1,
            name,
            email,
            age,
        }),
    )
        .into_response()
}
