//! Builds for Cloudflare Workers: runs wasm-bindgen and wasm-opt, then adds the entry module.

mod bindgen;
mod entry;

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{Built, compile, docs, optimize, package::Package};
use crate::args::BuildOptions;

/// The file name of the entry module.
const INDEX: &str = "index.js";

/// The folder of static assets. Workers serves static assets without running the Worker.
const ASSETS: &str = "assets";

/// The folder for the JavaScript of linked crates. In this folder, wasm-bindgen creates directories whose names contain
/// a hash.
const SNIPPETS: &str = "snippets";

/// Builds the Worker's modules in `stage`.
///
/// # Errors
///
/// Fails when the package does not depend on `whippet`, when its `wasm-bindgen` version differs from that of this
/// program, or when a build step fails.
pub(super) fn build(package: &Package, options: &BuildOptions, stage: &Path) -> Result<Built> {
    let entry = entry::find(package, options.locked)?;
    let wasm = compile::compile(package, options)?;
    bindgen::bind(&wasm, stage, options.release)?;
    if options.release {
        optimize::optimize(&stage.join(bindgen::WASM), package.dir(), stage)?;
    }
    fs::copy(&entry, stage.join(INDEX))
        .with_context(|| format!("cannot copy {}", entry.display()))?;
    docs::write_assets(&stage.join(ASSETS), options.graphiql)?;
    Ok(Built {
        last: &[bindgen::WASM, bindgen::GLUE, INDEX],
        // Removes the snippets of crates that are no longer linked.
        pruned: Some(SNIPPETS),
        imports: Vec::new(),
        served: ASSETS,
    })
}
