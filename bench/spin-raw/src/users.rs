//! The operations that need no database.

use serde::{Deserialize, Serialize};
use spin_sdk::http::{HeaderValue, Request, Response, StatusCode, body::IncomingBodyExt};

use crate::json;

pub fn text() -> Response<String> {
    let mut response = Response::new("hello".to_owned());
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert("content-type", text);
    response
}

#[derive(Serialize)]
struct User {
    id: u32,
    name: &'static str,
    email: &'static str,
}

pub fn get(id: &str) -> Result<Response<String>, StatusCode> {
    let user = User {
        id: id.parse().map_err(|_| StatusCode::BAD_REQUEST)?,
        name: "Ada",
        email: "ada@example.com",
    };
    json(StatusCode::OK, &user)
}

#[derive(Deserialize)]
struct NewUser {
    name: String,
    email: String,
    age: u8,
}

#[derive(Serialize)]
struct CreatedUser {
    id: u32,
    name: String,
    email: String,
    age: u8,
}

pub async fn create(request: Request) -> Result<Response<String>, StatusCode> {
    let body = request.into_body().bytes().await;
    let body = body.map_err(|_| StatusCode::BAD_REQUEST)?;
    let NewUser { name, email, age } =
        serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let user = CreatedUser {
        id: 1,
        name,
        email,
        age,
    };
    json(StatusCode::CREATED, &user)
}
