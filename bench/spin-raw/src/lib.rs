//! A Spin component that uses only `spin-sdk`. The component shows the cost of a response without a framework. The
//! component parses the body of a POST, but does not validate the body.

use serde::{Deserialize, Serialize};
use spin_sdk::http::{
    HeaderValue, IntoResponse, Json, Method, Request, Response, StatusCode, body::IncomingBodyExt,
};
use spin_sdk::http_service;
use spin_sdk::wasip3::http::types::{self, ErrorCode};

#[http_service]
async fn handle(request: Request) -> Result<types::Response, ErrorCode> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/text") => text(),
        (&Method::POST, "/users") => create_user(request).await,
        (&Method::GET, path) => match path.strip_prefix("/users/").map(str::parse) {
            Some(Ok(id)) => get_user(id),
            Some(Err(_)) => StatusCode::BAD_REQUEST.into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text() -> Result<types::Response, ErrorCode> {
    let mut response = Response::new("hello".to_owned());
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert("content-type", text);
    response.into_response()
}

#[derive(Serialize)]
struct User {
    id: u32,
    name: &'static str,
    email: &'static str,
}

fn get_user(id: u32) -> Result<types::Response, ErrorCode> {
    Json(User {
        id,
        name: "Ada",
        email: "ada@example.com",
    })
    .into_response()
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

async fn create_user(request: Request) -> Result<types::Response, ErrorCode> {
    let body = request.into_body().bytes().await?;
    let Ok(NewUser { name, email, age }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let user = CreatedUser {
        id: 1,
        name,
        email,
        age,
    };
    (StatusCode::CREATED, Json(user)).into_response()
}
