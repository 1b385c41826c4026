//! The operations that need no database.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use validator::Validate;

pub async fn text() -> &'static str {
    "hello"
}

#[derive(Serialize)]
pub struct User {
    id: u32,
    name: &'static str,
    email: &'static str,
}

pub async fn get(Path(id): Path<u32>) -> Json<User> {
    Json(User {
        id,
        name: "Ada",
        email: "ada@example.com",
    })
}

#[derive(Deserialize, Validate)]
pub struct NewUser {
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

pub async fn create(Json(new): Json<NewUser>) -> Response {
    if let Err(errors) = new.validate() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response();
    }
    let NewUser { name, email, age } = new;
    let user = CreatedUser {
        id: 1,
        name,
        email,
        age,
    };
    (StatusCode::CREATED, Json(user)).into_response()
}
