//! The HTTP server, which streams the bodies of requests and responses.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::instances::Instances;

/// The prefix of the paths that the host itself serves, in Spin and in spin-host.
const WELL_KNOWN: &str = "/.well-known/spin/";

type Handler = ProxyHandler<Instances>;

/// Serves every connection of `listener`.
pub(crate) async fn serve(listener: TcpListener, handler: Handler) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                tokio::spawn(serve_connection(stream, client, handler.clone()));
            }
            Err(error) => {
                eprintln!("spin-host: cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, client: SocketAddr, handler: Handler) {
    // Unlike Spin, spin-host sets `TCP_NODELAY`. Without `TCP_NODELAY`, the body of a response sometimes arrives 40 ms
    // late if it is sent after the head.
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| respond(request, client, &handler));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        eprintln!("spin-host: the connection with {client} ended: {error:?}");
    }
}

/// Passes a request to the guest. Responds with 500 and no body when the guest fails.
///
/// # Errors
///
/// Fails when the request has no valid host. hyper then closes the connection, as on Spin.
async fn respond(
    mut request: Request<Incoming>,
    client: SocketAddr,
    handler: &Handler,
) -> Result<Response<WasiBody>> {
    if let Some(name) = request.uri().path().strip_prefix(WELL_KNOWN) {
        return Ok(well_known(name));
    }
    let line = format!("{} {}", request.method(), request.uri());
    request.headers_mut().remove(header::CONNECTION);
    set_uri(&mut request)?;
    let result = match add_headers(&mut request, client) {
        Ok(()) => {
            let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
            handler
                .handle((), request)
                .await
                .map_err(|error| anyhow!(error))
        }
        Err(error) => Err(error),
    };
    Ok(result.unwrap_or_else(|error| {
        eprintln!("spin-host: {line} failed: {error:#}");
        empty(StatusCode::INTERNAL_SERVER_ERROR)
    }))
}

fn well_known(name: &str) -> Response<WasiBody> {
    match name {
        "health" => Response::new(Full::from("OK").map_err(Error::from).boxed_unsync()),
        _ => empty(StatusCode::NOT_FOUND),
    }
}

fn empty(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(Error::from).boxed_unsync());
    *response.status_mut() = status;
    response
}

/// Sets the scheme and the authority of the request's URI. The authority is the value of the `Host` header. Without a
/// `Host` header, an absolute URI keeps its authority.
fn set_uri(request: &mut Request<Incoming>) -> Result<()> {
    let host = match request.headers().get(header::HOST) {
        Some(host) => {
            Some(Authority::try_from(host.as_bytes()).context("an invalid `Host` header")?)
        }
        None => None,
    };
    let mut parts = request.uri().clone().into_parts();
    if let (Some(host), Some(authority)) = (&host, &parts.authority) {
        ensure!(host == authority, "the `Host` header differs from the URI");
    }
    parts.authority = Some(host.or(parts.authority).context("no `Host` header")?);
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}

/// Appends the headers that Spin adds to a request for the route `/...`. If the client has sent headers with these
/// names, the client's headers are kept.
fn add_headers(request: &mut Request<Incoming>, client: SocketAddr) -> Result<()> {
    for (name, value) in request.headers() {
        std::str::from_utf8(value.as_bytes()).with_context(|| {
            format!("the header `{name}` is not UTF-8; Spin rejects such headers")
        })?;
    }
    let uri = request.uri();
    let path = HeaderValue::try_from(uri.path())?;
    let full = HeaderValue::try_from(uri.to_string())?;
    let client = HeaderValue::try_from(client.to_string())?;
    let route = HeaderValue::from_static("/...");
    let headers = request.headers_mut();
    headers.append("spin-path-info", path);
    headers.append("spin-full-url", full);
    headers.append("spin-matched-route", route.clone());
    headers.append("spin-base-path", HeaderValue::from_static("/"));
    headers.append("spin-raw-component-route", route);
    headers.append("spin-component-route", HeaderValue::from_static(""));
    headers.append("spin-client-addr", client);
    Ok(())
}
