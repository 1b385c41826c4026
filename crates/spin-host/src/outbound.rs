//! Sends the guest's HTTP requests.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::app::App;

/// Sends each of the guest's requests on a new connection, if `allowed_outbound_hosts` allows the request and
/// `block_networks` does not block it. Does not follow redirects.
#[derive(Debug)]
pub(crate) struct Outbound(pub(crate) Arc<App>);

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(Response<WasiBody>, Io), Error>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let app = self.0.clone();
        Box::new(async move {
            if !app.allowed_hosts.allow(request.uri()) {
                return Err(Error::HttpRequestDenied);
            }
            // If only some addresses of a host are blocked, Spin connects to one of the other addresses. spin-host
            // rejects such a request, because `default_send_request` resolves the name again and may connect to a
            // blocked address.
            let mut addresses = resolve(request.uri()).await?;
            if addresses.any(|address| app.blocked_networks.block(address.ip())) {
                return Err(Error::DestinationIpProhibited);
            }
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(io) as Io))
        })
    }
}

/// Returns the addresses of the host in `uri`. Because the name is resolved before the request is sent, an unknown name
/// causes a DNS error, as on Spin, instead of a connection error.
async fn resolve(uri: &Uri) -> Result<impl Iterator<Item = SocketAddr> + use<>, Error> {
    let host = uri.host().unwrap_or_default();
    let resolved = tokio::net::lookup_host(format!("{host}:0")).await;
    resolved.map_err(|_| Error::DnsError {
        rcode: Some("address not available".into()),
        info_code: Some(0),
    })
}
