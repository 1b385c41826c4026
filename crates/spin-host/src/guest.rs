//! The state of one instance of the component.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::app::App;
use crate::outbound::Outbound;
use crate::sqlite::MAX_CONNECTIONS;
use crate::stdio::Stdio;

/// The state of one instance of the component: WASI's state, and the database connections that the instance has opened.
pub(crate) struct Guest {
    pub(crate) app: Arc<App>,
    pub(crate) connections: ResourceTable,
    outbound: Outbound,
    http: WasiHttpCtx,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl Guest {
    /// Creates the state of a new instance.
    ///
    /// # Errors
    ///
    /// Fails when the folder with the copy of the component's files no longer exists.
    pub(crate) fn new(app: Arc<App>) -> wasmtime::Result<Self> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(Stdio::Stdout).stderr(Stdio::Stderr);
        if let Some(files) = &app.files {
            wasi.preopened_dir(files, "/", FsPerms::ReadOnly)?;
        }
        let mut connections = ResourceTable::new();
        connections.set_max_capacity(MAX_CONNECTIONS);
        Ok(Self {
            connections,
            outbound: Outbound(app.clone()),
            http: WasiHttpCtx::new(),
            wasi: wasi.build(),
            table: ResourceTable::new(),
            app,
        })
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
