//! The wasm-bindgen step.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// The module with wasm-bindgen's glue, which the entry module imports.
pub(super) const GLUE: &str = "glue.js";

/// The WebAssembly module, which the entry module imports too.
pub(super) const WASM: &str = "glue_bg.wasm";

/// Writes [`GLUE`], [`WASM`] and the `snippets` of linked crates into `stage`.
///
/// # Errors
///
/// Fails when wasm-bindgen does, or when `stage` cannot be written.
pub(super) fn bind(wasm: &Path, stage: &Path, release: bool) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("glue")
        // workerd has already compiled the module, so the glue gets it through `initSync`.
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        // A trap leaves the instance unusable; the entry module then calls `__wbg_reset_state`. Not through
        // `force_enable_abort_handler` and `schedule_reinit`: in 0.2.130 that guard runs after the arguments were
        // copied into the old instance, and every later call with a string or a slice traps again.
        .reset_state_function(true)
        // Function names stay in debug builds, for stack traces. DWARF is of no use to workerd.
        .keep_debug(false)
        .remove_name_section(release)
        .remove_producers_section(true);
    bindgen
        .generate(stage)
        .with_context(|| format!("wasm-bindgen could not process {}", wasm.display()))
}
