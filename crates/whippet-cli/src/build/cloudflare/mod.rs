//! Cloudflare Workers: bindgen, then wasm-opt, then the entry module.

mod bindgen;
mod entry;

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{Built, compile, docs, optimize, package::Package, publish};
use crate::args::BuildOptions;

/// The module that the host starts from.
const INDEX: &str = "index.js";

/// Where the files are that Workers serves by itself.
const ASSETS: &str = "assets";

/// Where bindgen puts the JavaScript of linked crates, in directories named after a hash.
const SNIPPETS: &str = "snippets";

/// Builds the Worker's modules in `stage`, and removes the snippets from `out` that are no longer linked.
///
/// # Errors
///
/// Fails when the package links no `whippet` or another `wasm-bindgen` than this program, or when a step fails.
pub(super) fn build(
    package: &Package,
    options: &BuildOptions,
    stage: &Path,
    out: &Path,
) -> Result<Built> {
    let entry = entry::find(package)?;
    let wasm = compile::compile(package, options)?;
    bindgen::bind(&wasm, stage, options.release)?;
    if options.release {
        optimize::optimize(&stage.join(bindgen::WASM), package.dir(), stage)?;
    }
    fs::copy(&entry, stage.join(INDEX))
        .with_context(|| format!("cannot copy {}", entry.display()))?;
    docs::write_assets(&stage.join(ASSETS))?;
    publish::prune(&stage.join(SNIPPETS), &out.join(SNIPPETS))?;
    Ok(Built {
        last: &[bindgen::WASM, bindgen::GLUE, INDEX],
        imports: Vec::new(),
        served: ASSETS,
    })
}
