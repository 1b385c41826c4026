//! Sends the HTTP requests of the guest.

use std::sync::Arc;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::app::App;

/// Sends each request of the guest on a new connection, if `allowed_outbound_hosts` allows the request. Does not follow
/// redirects.
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
        let allowed = self.0.allowed_hosts.allow(request.uri());
        Box::new(async move {
            if !allowed {
                return Err(Error::HttpRequestDenied);
            }
            resolve(request.uri()).await?;
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(io) as Io))
        })
    }
}

/// Resolves the host name before the request is sent. So an unknown name causes a DNS error, as on Spin, instead of a
/// connection error.
async fn resolve(uri: &Uri) -> Result<(), Error> {
    let host = uri.host().unwrap_or_default();
    match tokio::net::lookup_host(format!("{host}:0")).await {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::DnsError {
            rcode: Some("address not available".into()),
            info_code: Some(0),
        }),
    }
}
