//! Outbound HTTP through `fetch`.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use worker::send::SendFuture;
use worker::{AbortController, Fetch, Headers, Request, RequestInit, RequestRedirect};

use crate::host::{HttpClient, OutboundRequest};
use crate::{FetchError, FetchResponse};

pub(super) struct Client;

impl HttpClient for Client {
    /// Names are resolved outside the Worker: against targets inside one's own zone there is the compatibility flag
    /// `global_fetch_strictly_public`.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        Box::pin(SendFuture::new(async move {
            send(request)
                .await
                .map_err(|error| FetchError::Connect(error.to_string()))
        }))
    }
}

/// Aborts the request when the future is dropped: JS would go on with it.
#[derive(Default)]
struct Abort(Option<AbortController>);

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

async fn send(outbound: OutboundRequest) -> worker::Result<FetchResponse> {
    let headers = Headers::new();
    for (name, value) in &outbound.headers {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let mut init = RequestInit::new();
    init.with_method(outbound.method.as_str().to_owned().into())
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    if !outbound.body.is_empty() {
        init.with_body(Some(js_sys::Uint8Array::from(&outbound.body[..]).into()));
    }
    let request = Request::new_with_init(outbound.url.as_str(), &init)?;

    let controller = AbortController::default();
    let signal = controller.signal();
    let abort = Abort(Some(controller));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let status = StatusCode::from_u16(response.status_code()).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = received(response.headers());
    let body = read(&mut response, outbound.response_limit).await?;
    drop(abort);
    Ok(FetchResponse {
        status,
        headers,
        body: Bytes::from(body),
    })
}

async fn read(response: &mut worker::Response, limit: usize) -> worker::Result<Vec<u8>> {
    let mut body = Vec::new();
    // A response without a body has no stream.
    let Ok(mut chunks) = response.stream() else {
        return Ok(body);
    };
    while body.len() < limit {
        let Some(chunk) = chunks.next().await else {
            break;
        };
        body.extend_from_slice(&chunk?);
    }
    body.truncate(limit);
    Ok(body)
}

fn received(headers: &Headers) -> HeaderMap {
    let entries = headers.entries();
    entries
        .filter_map(|(name, value)| {
            Some((
                name.parse::<HeaderName>().ok()?,
                HeaderValue::from_str(&value).ok()?,
            ))
        })
        .collect()
}
