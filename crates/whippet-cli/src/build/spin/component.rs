//! Wraps a module in a component, and lists the component's imports.

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm, decode, metadata};

use super::strip::strip;

/// The name of the HTTP handler interface, without its version.
const HANDLER: &str = "wasi:http/handler@";

/// Returns whether `module` exports an HTTP handler. Looks for the handler in the custom sections that describe the
/// interfaces of the module.
///
/// # Errors
///
/// Fails when the module cannot be read.
pub(super) fn serves_http(module: &[u8]) -> Result<bool> {
    let (_, bindings) =
        metadata::decode(module).context("cannot read the module that cargo built")?;
    let exports = &bindings.resolve.worlds[bindings.world].exports;
    let mut names = exports
        .keys()
        .map(|key| bindings.resolve.name_world_key(key));
    Ok(names.any(|name| name.starts_with(HANDLER)))
}

/// Wraps `module` in a component. If `release` is true, removes the custom sections that no host reads, such as the
/// section with function names.
///
/// # Errors
///
/// Fails when the module imports anything other than component interfaces, for example a JavaScript function.
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

/// Returns the names of the interfaces that `component` imports, sorted.
///
/// # Errors
///
/// Fails when the component cannot be read.
pub(super) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        bail!("the build did not produce a component");
    };
    let imports = resolve.worlds[world].imports.keys();
    let mut names: Vec<_> = imports.map(|key| resolve.name_world_key(key)).collect();
    names.sort_unstable();
    Ok(names)
}
