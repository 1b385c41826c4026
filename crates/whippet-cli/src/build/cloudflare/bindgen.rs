//! Runs wasm-bindgen.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// The file name of wasm-bindgen's JavaScript glue, which the entry module imports.
pub(super) const GLUE: &str = "glue.js";

/// The file name of the WebAssembly module, which the entry module also imports.
pub(super) const WASM: &str = "glue_bg.wasm";

/// Writes [`GLUE`], [`WASM`] and the `snippets` of linked crates into `stage`.
///
/// # Errors
///
/// Fails when wasm-bindgen fails, or when `stage` cannot be written.
pub(super) fn bind(wasm: &Path, stage: &Path, release: bool) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("glue")
        // workerd compiles the module, so the entry module passes it to the glue's `initSync`.
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        // A trap leaves the instance unusable; the entry module then calls `__wbg_reset_state`. wasm-bindgen's own
        // `force_enable_abort_handler` and `schedule_reinit` do not work in 0.2.130: their guard runs after the
        // arguments were copied into the old instance, and every later call with a string or a slice traps again.
        .reset_state_function(true)
        // Debug builds keep function names for stack traces. workerd does not use DWARF.
        .keep_debug(false)
        .remove_name_section(release)
        .remove_producers_section(true);
    bindgen
        .generate(stage)
        .with_context(|| format!("wasm-bindgen could not process {}", wasm.display()))
}
