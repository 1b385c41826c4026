//! The component around a module, and what it asks of its host.

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm, decode, metadata};

use super::strip::strip;

/// How the name of the interface starts that exports a handler of requests; the rest is its version.
const HANDLER: &str = "wasi:http/handler@";

/// Whether `module` says, in the custom sections that its bindings left, that it handles requests.
///
/// # Errors
///
/// Fails when the module cannot be read.
pub(super) fn serves_http(module: &[u8]) -> Result<bool> {
    let (_, bindings) = metadata::decode(module).context("cannot read what cargo built")?;
    let exports = &bindings.resolve.worlds[bindings.world].exports;
    let mut names = exports
        .keys()
        .map(|key| bindings.resolve.name_world_key(key));
    Ok(names.any(|name| name.starts_with(HANDLER)))
}

/// Makes a component of `module`; for a release, one without names.
///
/// # Errors
///
/// Fails when the module imports what is no interface of a component, such as JavaScript.
pub(super) fn encode(module: &[u8], release: bool) -> Result<Vec<u8>> {
    if !release {
        return wrap(module);
    }
    strip(&wrap(&strip(module)?)?)
}

fn wrap(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .encode()
}

/// The interfaces that `component` imports, sorted.
///
/// # Errors
///
/// Fails when the component cannot be read.
pub(super) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        bail!("what was built is no component");
    };
    let imports = resolve.worlds[world].imports.keys();
    let mut names: Vec<_> = imports.map(|key| resolve.name_world_key(key)).collect();
    names.sort_unstable();
    Ok(names)
}
