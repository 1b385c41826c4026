//! A Spin component that uses only `spin-sdk`. The component shows the cost of a response without a framework. The
//! component parses bodies, but does not validate them.

mod items;
mod log;
mod users;

use serde::Serialize;
use spin_sdk::http::{HeaderValue, IntoResponse, Method, Request, Response, StatusCode};
use spin_sdk::http_service;
use spin_sdk::wasip3::http::types::{self, ErrorCode};

#[http_service]
async fn handle(request: Request) -> Result<types::Response, ErrorCode> {
    let id = request.headers().get("x-request-id").cloned();
    let id = id.unwrap_or_else(log::new_request_id);
    let line = log::Line::start(&request).await;
    let mut response = respond(request).await;
    if let Some(line) = line {
        line.write(&id, response.status());
    }
    response.headers_mut().insert("x-request-id", id);
    response.into_response()
}

async fn respond(request: Request) -> Response<String> {
    let path = request.uri().path().to_owned();
    let response = match (request.method().clone(), path.as_str()) {
        (Method::GET, "/text") => Ok(users::text()),
        (Method::POST, "/users") => users::create(request).await,
        (Method::GET, "/items") => items::list(request.uri().query().unwrap_or_default()).await,
        (Method::POST, "/items") => items::create(request).await,
        (method, path) => match (method, path.rsplit_once('/')) {
            (Method::GET, Some(("/users", id))) => users::get(id),
            (Method::GET, Some(("/items", id))) => items::get(id).await,
            (Method::PUT, Some(("/items", id))) => items::update(id, request).await,
            _ => Ok(status(StatusCode::NOT_FOUND)),
        },
    };
    response.unwrap_or_else(status)
}

fn status(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}

fn json(status: StatusCode, value: &impl Serialize) -> Result<Response<String>, StatusCode> {
    let body = serde_json::to_string(value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    Ok(response)
}
