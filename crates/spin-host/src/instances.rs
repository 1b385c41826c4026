//! Starts instances of the component, limits the number of requests that each instance serves, and ends idle instances.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::app::App;
use crate::args::Reuse;
use crate::guest::Guest;

/// Starts instances of the component for `ProxyHandler`.
pub(crate) struct Instances {
    pub(crate) component: ServicePre<Guest>,
    pub(crate) app: Arc<App>,
    pub(crate) reuse: Reuse,
}

impl HandlerState for Instances {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Reuse;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Reuse>> {
        let mut store = Store::new(self.component.engine(), Guest::new(self.app.clone())?);
        let service = self.component.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: Guest::http,
            expiration: Expiration {
                reuse: self.reuse,
                sleep: Box::pin(tokio::time::sleep(self.reuse.idle)),
            },
            state: self.reuse,
        })
    }
}

impl WorkerState for Reuse {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.total {
            ShouldAccept::Never
        } else if concurrent >= self.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    /// Returns a future that never completes, so that requests have no time limit. On Spin, requests have no time limit
    /// by default.
    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Guest>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, _: Store<Guest>, result: wasmtime::Result<()>) {
        if let Err(error) = result {
            eprintln!("spin-host: an instance failed: {error:?}");
        }
    }
}

/// Ends an instance that has been idle for [`Reuse::idle`]. An instance that runs code after its response is not idle.
#[derive(Debug)]
pub(crate) struct Expiration {
    reuse: Reuse,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        if status != WorkerStatus::Idle {
            return Poll::Pending;
        }
        let deadline = (since + self.reuse.idle).into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}
