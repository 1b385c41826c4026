//! Outbound HTTP through `reqwest`, with addresses checked when a name is resolved.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::host::{HttpClient, OutboundRequest, is_public};
use crate::{FetchError, FetchResponse, PrivateTarget};

/// Two connection pools: one that resolves names to public addresses only, and one that resolves to any.
#[derive(Debug, Clone)]
pub struct Client {
    guarded: reqwest::Client,
    open: reqwest::Client,
}

impl Client {
    /// Sets the client up.
    ///
    /// # Errors
    ///
    /// When the machine's certificate store cannot be used.
    pub fn new() -> Result<Self, String> {
        // Fails when the program has set a provider of its own, which then serves.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let built = |client: reqwest::Result<_>| client.map_err(|error| error.to_string());
        Ok(Self {
            // A proxy would resolve names in its own way.
            guarded: built(
                builder()
                    .no_proxy()
                    .dns_resolver(Arc::new(PublicOnly))
                    .build(),
            )?,
            open: built(builder().build())?,
        })
    }
}

impl HttpClient for Client {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        let client = if request.allow_private {
            &self.open
        } else {
            &self.guarded
        };
        let OutboundRequest {
            method,
            url,
            headers,
            body,
            response_limit,
            ..
        } = request;
        let sending = client
            .request(method, url)
            .headers(headers)
            .body(body)
            .send();
        Box::pin(async move {
            let response = sending.await.map_err(failed)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut chunks = response.bytes_stream();
            let mut body = Vec::new();
            while body.len() < response_limit {
                let Some(chunk) = chunks.next().await else {
                    break;
                };
                body.extend_from_slice(&chunk.map_err(failed)?);
            }
            body.truncate(response_limit);
            Ok(FetchResponse {
                status,
                headers,
                body: Bytes::from(body),
            })
        })
    }
}

/// The innermost cause says what went wrong; the outer ones repeat the URL.
fn failed(error: reqwest::Error) -> FetchError {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        if let Some(private) = source.downcast_ref::<PrivateTarget>() {
            return FetchError::Private(private.clone());
        }
        cause = source;
    }
    FetchError::Connect(cause.to_string())
}

/// Resolves names with the system's resolver and keeps the public addresses, at the moment of connecting, so that a name
/// cannot change its address between check and use. A name without any is refused.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> =
                resolved.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Box::new(PrivateTarget(name.as_str().to_owned())) as Box<_>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
