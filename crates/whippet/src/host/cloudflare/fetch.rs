//! Outbound HTTP through `fetch`.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::send::SendFuture;
use worker::web_sys::{
    self, AbortController, RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};
use worker::{ByteStream, Headers};

use crate::host::{HttpClient, OutboundRequest};
use crate::{FetchError, FetchResponse};

pub(super) struct Client;

impl HttpClient for Client {
    /// Sends the request. Cloudflare resolves host names outside the Worker. With the compatibility flag
    /// `global_fetch_strictly_public`, requests to the Worker's own zone go over the public internet too.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        Box::pin(SendFuture::new(async move {
            send(request)
                .await
                .map_err(|error| FetchError::Connect(error.to_string()))
        }))
    }
}

/// Aborts the outbound request when its future is dropped. Without the abort, JavaScript would continue the request.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls the JavaScript function `fetch` directly, because `worker::Fetch` would link the code for Cloudflare's image
/// options.
async fn send(outbound: OutboundRequest) -> worker::Result<FetchResponse> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &outbound.headers {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let abort = Abort(AbortController::new()?);
    let init = RequestInit::new();
    init.set_method(outbound.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.0.signal()));
    if !outbound.body.is_empty() {
        init.set_body(&js_sys::Uint8Array::from(&outbound.body[..]));
    }

    let worker: WorkerGlobalScope = js_sys::global().unchecked_into();
    let fetched = worker.fetch_with_str_and_init(outbound.url.as_str(), &init);
    let response: Response = JsFuture::from(fetched).await?.unchecked_into();
    let status = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = received(&Headers(response.headers()));
    let body = read(&response, outbound.response_limit).await?;
    Ok(FetchResponse {
        status,
        headers,
        body: Bytes::from(body),
    })
}

async fn read(response: &Response, limit: usize) -> worker::Result<Vec<u8>> {
    let mut body = Vec::new();
    let Some(stream) = response.body() else {
        return Ok(body);
    };
    let mut chunks = ByteStream::from(stream);
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
