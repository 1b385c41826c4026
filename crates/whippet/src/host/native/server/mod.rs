//! The HTTP server: connections, their limits, and shutdown.

mod activity;
mod body;
mod connection;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod limits;
mod request;
mod shutdown;
mod tls;
mod transport;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) use activity::{ConnectionHandle, InFlight};
pub(super) use limits::Limits;
pub(super) use shutdown::{Shutdown, Signals, shutdown};

use crate::{Config, ConfigError, Service};

/// If the system has no file descriptor or memory left, the server waits for this time before it accepts connections
/// again.
const PAUSE: Duration = Duration::from_millis(500);

/// The time limit for closing the connections after the last response has been sent.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// The state that the connections of a server share.
struct Shared {
    limits: Limits,
    tls: Option<TlsAcceptor>,
    shutdown: Shutdown,
    connections: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    /// Wakes idle connections when a new connection has to wait, so that they close earlier.
    pressure: Notify,
    in_flight: AtomicUsize,
    /// Wakes the server when the last request has ended.
    idle: Notify,
}

impl Shared {
    fn is_full(&self) -> bool {
        self.connections.available_permits() == 0
    }

    fn work_ended(&self) {
        if self.in_flight.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.idle.notify_waiters();
        }
    }

    /// Completes when no request is in flight.
    async fn no_work(&self) {
        loop {
            let idle = self.idle.notified();
            if self.in_flight.load(Ordering::Relaxed) == 0 {
                return;
            }
            idle.await;
        }
    }
}

/// An HTTP server: HTTP/1.1 and HTTP/2, with TLS if the configuration has a certificate.
pub(super) struct Server(Arc<Shared>);

impl Server {
    pub(super) fn new(
        config: &Config,
        limits: Limits,
        shutdown: Shutdown,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Shared {
            tls: tls::acceptor(config)?,
            shutdown,
            connections: Arc::new(Semaphore::new(limits.connections)),
            requests: Arc::new(Semaphore::new(limits.requests)),
            limits,
            pressure: Notify::new(),
            in_flight: AtomicUsize::new(0),
            idle: Notify::new(),
        })))
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.0.tls.is_some() {
            "https"
        } else {
            "http"
        }
    }

    /// Serves connections until the shutdown has started and no request is in flight. New connections are also served
    /// during the shutdown, because a load balancer detects the shutdown with a delay.
    pub(super) async fn run(self, listener: TcpListener, service: Service) {
        let shared = self.0;
        let mut connections = JoinSet::new();
        let drained = async {
            shared.shutdown.started().await;
            shared.no_work().await;
        };
        let mut drained = std::pin::pin!(drained);
        loop {
            let (stream, permit) = tokio::select! {
                accepted = accept(&listener, &shared) => accepted,
                () = &mut drained => break,
            };
            let served = connection::serve(stream, permit, service.clone(), Arc::clone(&shared));
            connections.spawn(served);
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        let closed = async { while connections.join_next().await.is_some() {} };
        drop(tokio::time::timeout(CLOSE_TIME, closed).await);
    }
}

/// Waits until the number of connections is below its limit, and accepts a connection.
async fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> (TcpStream, OwnedSemaphorePermit) {
    let mut is_failing = false;
    loop {
        let permit = permit(shared).await;
        match listener.accept().await {
            Ok((stream, _)) => {
                // Disable Nagle's algorithm (RFC 896), which would delay the last packet of a response until the client
                // has acknowledged the packets before it.
                drop(stream.set_nodelay(true));
                return (stream, permit);
            }
            // The client disconnected before the server accepted the connection.
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                if !is_failing {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(
                        error,
                        "no connection can be accepted; see HTTP_MAX_CONNECTIONS"
                    );
                }
                is_failing = true;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn permit(shared: &Arc<Shared>) -> OwnedSemaphorePermit {
    loop {
        let connections = Arc::clone(&shared.connections);
        if let Ok(permit) = Arc::clone(&connections).try_acquire_owned() {
            return permit;
        }
        shared.pressure.notify_waiters();
        if let Ok(permit) = connections.acquire_owned().await {
            return permit;
        }
    }
}

fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::{Limits, Server, accept, shutdown};
    use crate::Config;

    #[tokio::test]
    async fn an_accepted_connection_sends_every_packet_without_delay() {
        let config = Config::default();
        let limits = Limits::from_config(&config).expect("the default limits");
        let (_start, shutdown) = shutdown();
        let Server(shared) = Server::new(&config, limits, shutdown).expect("a server");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (accepted, client) =
            tokio::join!(accept(&listener, &shared), TcpStream::connect(address));
        assert!(client.is_ok());
        assert!(accepted.0.nodelay().expect("the option TCP_NODELAY"));
    }
}
