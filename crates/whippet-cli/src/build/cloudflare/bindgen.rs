//! Runs wasm-bindgen.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// The file name of wasm-bindgen's JavaScript glue, which the entry module imports.
pub(super) const GLUE: &str = "glue.js";

/// The file name of the WebAssembly module, which the entry module also imports.
pub(super) const WASM: &str = "glue_bg.wasm";

/// Runs wasm-bindgen, which writes [`GLUE`], [`WASM`] and the `snippets` of linked crates into `stage`.
///
/// # Errors
///
/// Fails when wasm-bindgen fails, or when `stage` cannot be written.
pub(super) fn bind(wasm: &Path, stage: &Path, release: bool) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("glue")
        // The glue for the web has the function `initSync`. The entry module calls `initSync` with the module that
        // workerd has compiled.
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        // A trap leaves the instance unusable, so the entry module calls `__wbg_reset_state` after a trap.
        // wasm-bindgen's own `force_enable_abort_handler` and `schedule_reinit` do not work in version 0.2.130: they
        // replace the instance only after the arguments of a call were copied into the old instance. So with these two
        // methods, every later call with a string or a slice traps again.
        .reset_state_function(true)
        // Debug builds keep function names, for stack traces. No build keeps DWARF debug information, which workerd
        // does not use.
        .keep_debug(false)
        .remove_name_section(release)
        .remove_producers_section(true);
    bindgen
        .generate(stage)
        .with_context(|| format!("wasm-bindgen could not process {}", wasm.display()))
}
