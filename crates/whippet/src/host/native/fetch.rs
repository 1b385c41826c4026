//! Outbound HTTP through `reqwest`. The resolver checks the addresses of each host name that it resolves.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::host::{HttpClient, OutboundRequest, is_public};
use crate::{FetchError, PrivateTarget};

/// An HTTP client with two connection pools. One pool accepts only public addresses, and the other pool accepts any
/// address.
#[derive(Debug, Clone)]
pub struct Client {
    public_only: reqwest::Client,
    unrestricted: reqwest::Client,
}

impl Client {
    /// Creates the client.
    ///
    /// # Errors
    ///
    /// Returns an error if the machine's certificate store cannot be used.
    pub fn new() -> Result<Self, String> {
        // `install_default` fails if the program has already installed a cryptography provider. rustls then uses that
        // provider, so the error is ignored.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let message = |client: reqwest::Result<_>| client.map_err(|error| error.to_string());
        Ok(Self {
            // This client uses no proxy. A proxy would resolve host names itself, so the addresses could not be checked
            // here.
            public_only: message(
                builder()
                    .no_proxy()
                    .dns_resolver(Arc::new(PublicResolver))
                    .build(),
            )?,
            unrestricted: message(builder().build())?,
        })
    }
}

impl HttpClient for Client {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<Response<Body>, FetchError>> {
        let client = if request.allow_private {
            &self.unrestricted
        } else {
            &self.public_only
        };
        let OutboundRequest {
            method,
            url,
            headers,
            body,
            ..
        } = request;
        let sending = client
            .request(method, url)
            .headers(headers)
            .body(body)
            .send();
        Box::pin(async move {
            let mut received = sending.await.map_err(failed)?;
            let (status, headers) = (received.status(), std::mem::take(received.headers_mut()));
            let mut response = Response::new(Body::from_stream(received.bytes_stream()));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

/// Converts an error from reqwest. Only the innermost cause of the error states what failed, while the outer causes
/// repeat the URL.
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

/// Resolves host names with the system's resolver and returns only public addresses. A host name is resolved and
/// checked when a connection is opened, so that its address cannot change between the check and the connection. A host
/// name without a public address is rejected.
struct PublicResolver;

impl Resolve for PublicResolver {
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
