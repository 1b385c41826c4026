//! Finds the entry module, a JavaScript file of the crate `whippet`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use crate::{
    args::Host,
    build::{
        cargo::Metadata,
        package::{Package, parent},
    },
};

/// Finds the entry module in the sources of the `whippet` version on which `package` depends.
///
/// # Errors
///
/// Fails when the package does not depend on `whippet`, or when its `wasm-bindgen` version differs from this program's.
pub(super) fn find(package: &Package, locked: bool) -> Result<PathBuf> {
    let host = Host::Cloudflare.name();
    let linked = Metadata::with_dependencies(&package.manifest, host, locked)?;
    check_bindgen(&linked)?;
    let name = &package.name;
    let whippet = linked.package("whippet").with_context(|| {
        format!("package `{name}` does not depend on `whippet`; run `cargo add whippet -p {name}`")
    })?;
    let entry = parent(&whippet.manifest_path).join(format!("src/host/{host}/entry.js"));
    ensure!(
        entry.is_file(),
        "whippet {} has no entry module for {host}: {} is missing",
        whippet.version,
        entry.display()
    );
    Ok(entry)
}

/// Checks that the app and this program link the same version of wasm-bindgen. The versions must be equal, because even
/// a patch release may change the format of wasm-bindgen's custom section.
fn check_bindgen(linked: &Metadata) -> Result<()> {
    let built_with = wasm_bindgen_shared::version();
    if let Some(package) = linked.package("wasm-bindgen")
        && package.version != built_with
    {
        bail!(
            "the app depends on wasm-bindgen {}, but this `whippet` was built with {built_with}; \
             run `cargo update -p wasm-bindgen --precise {built_with}`",
            package.version
        );
    }
    Ok(())
}
