//! Sections that no host reads.

use anyhow::Result;
use wasm_encoder::{ComponentSectionId, RawSection, Section};
use wasmparser::{Parser, Payload};

/// How the sections are named that a component is made from.
const INTERFACES: &str = "component-type";

/// The length of the magic number and the version, in bytes.
const HEADER: usize = 8;

/// Removes names and producers from a module, or from a component and the modules in it.
///
/// # Errors
///
/// Fails when `wasm` is malformed.
pub(super) fn strip(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut stripped = Vec::with_capacity(wasm.len());
    stripped.extend_from_slice(wasm.get(..HEADER).unwrap_or_default());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Of a nested module, which was copied with its section.
            _ if depth > 1 => {}
            Payload::CustomSection(section) if !section.name().starts_with(INTERFACES) => {}
            Payload::ModuleSection {
                unchecked_range, ..
            } => append(
                &mut stripped,
                ComponentSectionId::CoreModule.into(),
                &strip(&wasm[unchecked_range.clone()])?,
            ),
            section => {
                if let Some((id, range)) = section.as_section() {
                    append(&mut stripped, id, &wasm[range]);
                }
            }
        }
    }
    Ok(stripped)
}

fn append(to: &mut Vec<u8>, id: u8, data: &[u8]) {
    RawSection { id, data }.append_to(to);
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{Component, CustomSection, Module, ModuleSection};

    use super::*;

    fn custom(name: &str) -> CustomSection<'_> {
        CustomSection {
            name: name.into(),
            data: (&[1, 2, 3]).into(),
        }
    }

    /// A module with custom sections of these names.
    fn module(names: &[&str]) -> Module {
        let mut module = Module::new();
        for name in names {
            module.section(&custom(name));
        }
        module
    }

    #[test]
    fn a_module_keeps_what_its_component_is_made_from() {
        let names = ["name", "component-type:app", "producers", "target_features"];
        let stripped = strip(&module(&names).finish()).expect("a module");
        assert_eq!(stripped, module(&["component-type:app"]).finish());
    }

    #[test]
    fn a_component_is_stripped_with_the_modules_in_it() {
        let component = |inner: &Module, names: &[&str]| {
            let mut component = Component::new();
            component.section(&ModuleSection(inner));
            for name in names {
                component.section(&custom(name));
            }
            component.finish()
        };
        let stripped = strip(&component(&module(&["name"]), &["component-name"]));
        assert_eq!(stripped.expect("a component"), component(&module(&[]), &[]));
    }
}
