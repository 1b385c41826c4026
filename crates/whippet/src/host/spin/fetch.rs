//! Outbound HTTP through `wasi:http`.

use axum::body::Body;
use axum::http::{Request, Response, header};
use futures_util::future::BoxFuture;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::ErrorCode;
use spin_sdk::wasip3::http_compat::{http_from_wasi_response, http_into_wasi_request};

use crate::FetchError;
use crate::host::{HttpClient, OutboundRequest};

pub(super) struct Client;

impl HttpClient for Client {
    /// Sends the request. Spin resolves host names. It blocks requests to the networks that the setting
    /// `block_networks` in Spin's runtime configuration lists.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<Response<Body>, FetchError>> {
        Box::pin(async move {
            let uri = request.url.as_str().parse();
            let uri =
                uri.map_err(|_| FetchError::Url(format!("{} is not a valid URI", request.url)))?;
            let mut outbound = Request::new(Body::empty());
            *outbound.method_mut() = request.method;
            *outbound.uri_mut() = uri;
            *outbound.headers_mut() = request.headers;
            if !request.body.is_empty() {
                // Sets `Content-Length`, because many webhook receivers do not accept a chunked body.
                let length = request.body.len().into();
                outbound
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, length);
                *outbound.body_mut() = request.body.into();
            }
            send(outbound)
                .await
                .map_err(|error| FetchError::Connect(error.to_string()))
        })
    }
}

async fn send(request: Request<Body>) -> Result<Response<Body>, ErrorCode> {
    let response = client::send(http_into_wasi_request(request)?).await?;
    Ok(http_from_wasi_response(response)?.map(Body::new))
}
