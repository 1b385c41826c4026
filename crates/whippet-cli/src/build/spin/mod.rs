//! Builds for Fermyon Spin: runs wasm-opt, then wraps the module in a component.

mod component;
mod strip;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use super::{Built, compile, docs, optimize, package::Package};
use crate::args::BuildOptions;

/// The folder of files that the component mounts at `/docs`.
const DOCS: &str = "docs";

/// Builds the component in `stage`.
///
/// # Errors
///
/// Fails when the module does not export an HTTP handler, or when a build step fails.
pub(super) fn build(package: &Package, options: &BuildOptions, stage: &Path) -> Result<Built> {
    let name = &package.name;
    let wasm = compile::compile(package, options)?;
    ensure!(
        component::serves_http(&read(&wasm)?)?,
        "package `{name}` does not export an HTTP handler; add `whippet::spin::entry!(crate::app);` \
         under `#[cfg(all(feature = \"spin\", target_arch = \"wasm32\"))]`"
    );
    let file = stage.join(format!("{name}.wasm"));
    fs::copy(&wasm, &file).with_context(|| format!("cannot copy {}", wasm.display()))?;
    if options.release {
        optimize::optimize(&file, package.dir(), stage)?;
    }
    let component = component::encode(&read(&file)?, options.release)
        .with_context(|| format!("package `{name}` cannot be wrapped in a component"))?;
    let imports = component::imports(&component)?;
    fs::write(&file, component).with_context(|| format!("cannot write {}", file.display()))?;
    docs::write_mount(&stage.join(DOCS), options.graphiql)?;
    Ok(Built {
        last: &[],
        pruned: None,
        imports,
        served: DOCS,
    })
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
