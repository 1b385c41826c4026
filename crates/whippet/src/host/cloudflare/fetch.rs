//! Outbound HTTP through `fetch`.

use axum::body::{Body, Bytes};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::send::{SendFuture, SendWrapper};
use worker::web_sys::{
    self, AbortController, RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};
use worker::{ByteStream, Headers};

use crate::FetchError;
use crate::host::{HttpClient, OutboundRequest};

pub(super) struct Client;

impl HttpClient for Client {
    /// Sends the request. This client cannot check the addresses of host names, because Cloudflare resolves host names
    /// outside the Worker. With the compatibility flag `global_fetch_strictly_public`, Cloudflare sends even requests
    /// to the Worker's own zone over the public internet.
    fn send(
        &self,
        request: OutboundRequest,
    ) -> BoxFuture<'_, Result<http::Response<Body>, FetchError>> {
        Box::pin(SendFuture::new(async move {
            send(request)
                .await
                .map_err(|error| FetchError::Connect(error.to_string()))
        }))
    }
}

/// Aborts the outbound request when its future or the body of its response is dropped. Otherwise, JavaScript would run
/// the request to its end.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls the JavaScript function `fetch` directly. `worker::Fetch` would also link code for Cloudflare's image options,
/// which would enlarge the bundle.
async fn send(outbound: OutboundRequest) -> worker::Result<http::Response<Body>> {
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
    let mut received = http::Response::new(body(&response, abort));
    *received.status_mut() = status;
    *received.headers_mut() = received_headers(&Headers(response.headers()));
    Ok(received)
}

/// Returns the body of a response. The returned body owns `abort`, so dropping the body aborts the request.
fn body(response: &Response, abort: Abort) -> Body {
    let Some(stream) = response.body() else {
        return Body::empty();
    };
    streamed(ByteStream::from(stream), abort)
}

/// Returns a JavaScript stream as a body. Dropping the body drops `owned` too.
pub(super) fn streamed<T: 'static>(stream: ByteStream, owned: T) -> Body {
    let state = SendWrapper::new((stream, owned));
    Body::from_stream(stream::unfold(state, |mut state| {
        SendFuture::new(async move {
            let chunk = state.0.0.next().await?;
            let chunk = chunk.map(Bytes::from).map_err(|error| error.to_string());
            Some((chunk, state))
        })
    }))
}

fn received_headers(headers: &Headers) -> HeaderMap {
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
