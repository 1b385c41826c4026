//! Compiles the component and links its imports.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::bindings::Imports;
use crate::guest::Guest;

/// The maximum number of concurrent instances, as in Spin. The instance pool reserves address space for this many
/// instances, but no memory.
const MAX_INSTANCES: u32 = 1000;

/// The name of the directory for compiled components, which is in the directory of the component. wasmtime limits the
/// size of this cache.
const CACHE: &str = ".cache";

/// Compiles the component in `file` and links its imports. If spin-host has compiled the same component before, loads
/// the compiled component from the cache, as Spin does. If several processes start at the same time, only one of them
/// compiles the component.
///
/// # Errors
///
/// Fails when the file is not a component. Also fails when the component does not export a WASI 0.3 HTTP handler, or
/// has an import that spin-host does not implement. The error names the import.
pub(crate) fn load(file: &Path) -> Result<ServicePre<Guest>> {
    let (cache, lock) = cache(file).unzip();
    let mut config = config();
    config.cache(cache);
    let engine = Engine::new(&config).map_err(|error| anyhow!(error))?;
    let bytes = std::fs::read(file)
        .with_context(|| format!("cannot read {}; build the component first", file.display()))?;
    let component = Component::new(&engine, bytes).map_err(|error| {
        anyhow!(error).context(format!("{} is not a component", file.display()))
    })?;
    drop(lock);
    let mut linker = Linker::new(&engine);
    link(&mut linker).map_err(|error| anyhow!(error))?;
    let instance = linker.instantiate_pre(&component).map_err(|error| {
        anyhow!(error).context("spin-host does not implement one of the component's imports")
    })?;
    ServicePre::new(instance).map_err(|error| {
        anyhow!(error).context(
            "the component does not export `wasi:http/handler@0.3.0`, so it cannot serve HTTP",
        )
    })
}

/// Opens the cache for the component in `file`, and locks the cache. Waits for the lock while another process compiles
/// a component of the same directory. The lock is held until the returned file is dropped. Returns `None` if the
/// directory is read-only.
fn cache(file: &Path) -> Option<(Cache, File)> {
    let directory = std::path::absolute(file).ok()?.parent()?.join(CACHE);
    let lock = File::create(directory.with_extension("lock")).ok()?;
    lock.lock().ok()?;
    let mut config = CacheConfig::new();
    config.with_directory(directory);
    Some((Cache::new(config).ok()?, lock))
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    // The instance pool has the same settings as Spin's pool. With a pool, starting an instance takes a third less CPU
    // time than without a pool.
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(MAX_INSTANCES)
        .total_core_instances(4 * MAX_INSTANCES)
        .total_memories(MAX_INSTANCES)
        .total_tables(2 * MAX_INSTANCES)
        .total_stacks(MAX_INSTANCES)
        .table_elements(100_000)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(1 << 19);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    Imports::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)
}
