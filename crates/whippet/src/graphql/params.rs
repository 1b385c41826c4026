//! Reads the parameters of a GraphQL request, from the query string, from a JSON body or from a form.

use async_graphql::{Extensions, Variables};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::{Limits, upload};
use crate::problem::types;
use crate::{Context, Problem, extract};

/// The parameters of one operation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Params {
    pub(super) query: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    pub(super) extensions: Extensions,
}

/// The operations of a request.
#[derive(Debug)]
pub(super) enum Operations {
    One(Params),
    Batch(Vec<Params>),
}

/// Reads the operations of a request.
pub(super) async fn read(
    parts: &Parts,
    body: Body,
    context: &Context,
    limits: &Limits,
) -> Result<Operations, Problem> {
    if parts.method == Method::GET || parts.method == Method::HEAD {
        return from_query(parts.uri.query().unwrap_or_default()).map(Operations::One);
    }
    let media = extract::media_type(&parts.headers);
    if limits.uploads > 0 && media.eq_ignore_ascii_case("multipart/form-data") {
        return upload::read(&parts.headers, body, context, limits).await;
    }
    // Any site can cause a browser to send a body with the content type `text/plain` or with a content type for forms.
    // An endpoint that accepts such a body would allow forged requests.
    require_json(&parts.headers)?;
    let bytes = extract::read_up_to(&parts.headers, body, context.body_limit()).await?;
    from_body(&bytes, limits.batch)
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let mut parts = value.unwrap_or_default().split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf_8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim_matches(['"', ' ']).eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    match is_json && is_utf_8 {
        true => Ok(()),
        false => Err(types::UNSUPPORTED_MEDIA_TYPE
            .with_detail("the body must be JSON in UTF-8, with `Content-Type: application/json`")),
    }
}

/// Parses the operations of a body, at most `batch` of them.
pub(super) fn from_body(bytes: &[u8], batch: usize) -> Result<Operations, Problem> {
    let is_batch = bytes.trim_ascii_start().first() == Some(&b'[');
    if !is_batch {
        return json(bytes, "the body").map(Operations::One);
    }
    if batch <= 1 {
        return Err(Problem::bad_request(
            "the server does not accept batches: send one operation, as a JSON object",
        ));
    }
    // The number of items is checked before the items are parsed, because parsed items could use up the memory. The
    // list `items` only refers to the JSON of the items.
    let items: Vec<&RawValue> = json(bytes, "the body")?;
    match items.len() {
        0 => Err(Problem::bad_request("the batch is empty")),
        count if count > batch => Err(super::scan::exceeded("operations in a batch", batch)),
        _ => {
            let items = items.iter();
            let operations = items.map(|item| json(item.get().as_bytes(), "an operation"));
            operations.collect::<Result<_, _>>().map(Operations::Batch)
        }
    }
}

fn from_query(query: &str) -> Result<Params, Problem> {
    let mut params = Params::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "query" => params.query = Some(value.into_owned()),
            "operationName" => params.operation_name = Some(value.into_owned()),
            "variables" => params.variables = json(value.as_bytes(), "the parameter `variables`")?,
            "extensions" => {
                params.extensions = json(value.as_bytes(), "the parameter `extensions`")?;
            }
            _ => continue,
        }
        if seen.iter().any(|other| *other == name) {
            let detail = format!("the request has the parameter `{name}` twice");
            return Err(Problem::bad_request(detail));
        }
        seen.push(name.into_owned());
    }
    Ok(params)
}

/// Parses JSON. `what` names the text in error messages.
pub(super) fn json<'a, T: Deserialize<'a>>(text: &'a [u8], what: &str) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Problem::bad_request(format!("{what} is not a valid GraphQL request: {error}"))
        }
        _ => types::MALFORMED_JSON.with_detail(format!("{what} is not valid JSON: {error}")),
    })
}
