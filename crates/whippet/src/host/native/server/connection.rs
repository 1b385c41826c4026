//! Serves one connection with HTTP/1.1 or HTTP/2, whichever the client chooses.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use super::activity::Activity;
use super::request;
use super::transport::{Socket, Transport};
use crate::Service;

/// The maximum length of a request's headers, in bytes. A request with longer headers gets a 431. For comparison:
/// Node.js allows 16 KiB of headers, and nginx allows 32 KiB.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// The maximum number of concurrent requests on one HTTP/2 connection. RFC 9113 section 6.5.2 recommends a limit of at
/// least 100.
const MAX_STREAMS: u32 = 128;

/// The interval between pings to an HTTP/2 client, and the time limit for the response to a ping.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves a TCP connection, with TLS if the server has a certificate.
pub(super) async fn serve(
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
    service: Service,
    shared: Arc<Shared>,
) {
    let socket: Box<dyn Socket> = match &shared.tls {
        None => Box::new(stream),
        Some(tls) => match timeout(shared.limits.header, tls.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            // The handshake failed or took too long.
            _ => return,
        },
    };
    drive(socket, permit, service, shared).await;
}

/// Serves a connection until the connection ends, until the connection is idle for too long, or until the server shuts
/// down.
pub(super) async fn drive(
    socket: Box<dyn Socket>,
    permit: OwnedSemaphorePermit,
    service: Service,
    shared: Arc<Shared>,
) {
    let activity = Activity::new(Arc::clone(&shared), permit);
    let limits = &shared.limits;
    let io = Transport::new(socket, Arc::clone(&activity), limits.write);
    let handle = {
        let (shared, activity) = (Arc::clone(&shared), Arc::clone(&activity));
        service_fn(move |received| {
            let (service, shared) = (service.clone(), Arc::clone(&shared));
            request::handle(service, shared, Arc::clone(&activity), received)
        })
    };
    let builder = builder();
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(io), handle));
    let mut shutdown = pin!(shared.shutdown.started());
    let mut pressure = pin!(shared.pressure.notified());
    let mut shutdown_has_started = false;
    let mut is_shutting_down = false;
    let mut timer = pin!(sleep_until(Instant::now() + limits.idle));
    poll_fn(|cx| {
        // An error of the connection is ignored: the client has caused it, and the app has logged the affected
        // requests.
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        shutdown_has_started = shutdown_has_started || shutdown.as_mut().poll(cx).is_ready();
        // `graceful_shutdown` immediately closes a connection on which nothing has arrived. So it is called only after
        // the client has sent something. If the client sends nothing soon, the deadline of `Activity` ends the
        // connection.
        if shutdown_has_started && !is_shutting_down && activity.has_received() {
            is_shutting_down = true;
            connection.as_mut().graceful_shutdown();
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
        }
        while pressure.as_mut().poll(cx).is_ready() {
            pressure.set(shared.pressure.notified());
        }
        // If the deadline moves to a later time, the timer keeps its old time, and is reset when it fires. So a busy
        // connection does not reset the timer for every request.
        let Some(deadline) = activity.deadline() else {
            return Poll::Pending;
        };
        if deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    })
    .await;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper's timeout for headers is off, because `Activity` determines the time limits.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEADER_BYTES).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}
