//! HTTP responses with GraphQL results.

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::accept::Media;
use super::errors::error_of;
use super::operation::Outcome;
use crate::Problem;

/// A result as JSON.
#[derive(Serialize)]
pub(super) struct ResultBody<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    /// Absent if no resolver ran. async-graphql's own response type would write `"data": null` in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> From<&'a Outcome> for ResultBody<'a> {
    fn from(Outcome { response, has_run }: &'a Outcome) -> Self {
        Self {
            errors: &response.errors,
            data: has_run.then_some(&response.data),
            extensions: &response.extensions,
        }
    }
}

/// Creates the response with one result. With the media type `application/json`, the status is always 200. The draft of
/// GraphQL over HTTP requires this status for older clients.
pub(super) fn one(outcome: &Outcome, media: Media) -> Response {
    let status = match media {
        Media::Response if !outcome.has_run => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let mut response = json(status, &ResultBody::from(outcome), media);
    let headers = &outcome.response.http_headers;
    for (name, value) in headers {
        response.headers_mut().append(name, value.clone());
    }
    response
}

/// Creates the response with the results of a batch.
pub(super) fn batch(outcomes: &[Outcome], media: Media) -> Response {
    let bodies: Vec<ResultBody<'_>> = outcomes.iter().map(ResultBody::from).collect();
    json(StatusCode::OK, &bodies, media)
}

/// Creates the response to a request that is rejected before it is executed: one error, with the fields of the problem
/// as extensions.
pub(super) fn rejected(problem: Problem, media: Media) -> Response {
    let body = ResultBody {
        errors: &[error_of(&problem)],
        data: None,
        extensions: &BTreeMap::new(),
    };
    let text = serde_json::to_vec(&body).unwrap_or_default();
    // The response keeps the status, the headers and the log fields of the problem.
    let mut response = problem.into_response();
    *response.body_mut() = Body::from(text);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.header());
    response
}

fn json(status: StatusCode, body: &impl Serialize, media: Media) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, media.header())], text).into_response(),
        Err(error) => rejected(Problem::internal(error), media),
    }
}
