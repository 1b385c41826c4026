//! Removes from a module or component the custom sections that no host reads.

use anyhow::Result;
use wasm_encoder::{ComponentSectionId, RawSection, Section};
use wasmparser::{Parser, Payload};

/// If a custom section describes a component's interfaces, its name starts with this prefix.
const INTERFACES: &str = "component-type";

/// The length of a wasm file's header, in bytes. The header contains the magic number and the version.
const HEADER: usize = 8;

/// Removes custom sections, such as `name` and `producers`, from a module, or from a component and its nested modules.
/// Keeps the custom sections that describe a component's interfaces.
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
            // Skips the contents of a nested module. The whole module was already stripped and appended, as one section
            // of the component.
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

    /// Builds a module that has one custom section for each of the names.
    fn module(names: &[&str]) -> Module {
        let mut module = Module::new();
        for name in names {
            module.section(&custom(name));
        }
        module
    }

    #[test]
    fn a_module_keeps_the_sections_that_describe_its_component() {
        let names = ["name", "component-type:app", "producers", "target_features"];
        let stripped = strip(&module(&names).finish()).expect("a module");
        assert_eq!(stripped, module(&["component-type:app"]).finish());
    }

    #[test]
    fn a_component_is_stripped_with_its_nested_modules() {
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
