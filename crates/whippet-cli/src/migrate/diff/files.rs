//! Reads the Rust files of a program, without its tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Meta, Token};

/// The structs and enums of a file.
pub(super) type Items = Vec<(PathBuf, Item)>;

/// Returns the structs and enums of the Rust files in a folder. Omits structs and enums that are compiled only for
/// tests.
///
/// # Errors
///
/// Fails when a file cannot be read or parsed.
pub(super) fn items(folder: &Path) -> Result<Items> {
    let mut files = Vec::new();
    read(folder, &mut files)?;
    let (mut items, mut tests) = (Vec::new(), Vec::new());
    for (path, file) in files {
        let name = path.file_stem().unwrap_or_default();
        let folder = path.parent().unwrap_or(&path);
        let modules = match name.to_str() {
            Some("lib" | "main" | "mod") => folder.to_owned(),
            _ => folder.join(name),
        };
        add(file.items, &path, &modules, &mut items, &mut tests);
    }
    items.retain(|(path, _)| {
        let mut tests = tests.iter();
        !tests.any(|module| path.starts_with(module) || path.with_extension("") == *module)
    });
    Ok(items)
}

fn read(folder: &Path, files: &mut Vec<(PathBuf, syn::File)>) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let file = syn::parse_file(&text)
                .map_err(|error| anyhow!("cannot parse {}: {error}", path.display()))?;
            files.push((path, file));
        }
    }
    Ok(())
}

/// Adds the structs and enums of a module to `items`. If a submodule is compiled only for tests and has its own file,
/// adds the path of the submodule to `tests`. `modules` is the folder of the submodules.
fn add(
    of_module: Vec<Item>,
    path: &Path,
    modules: &Path,
    items: &mut Items,
    tests: &mut Vec<PathBuf>,
) {
    for item in of_module {
        match item {
            Item::Mod(module) => {
                let inner = modules.join(module.ident.to_string());
                match (is_for_tests(&module.attrs), module.content) {
                    (true, None) => tests.push(inner),
                    (false, Some((_, content))) => add(content, path, &inner, items, tests),
                    _ => {}
                }
            }
            Item::Struct(ref of) if !is_for_tests(&of.attrs) => items.push((path.to_owned(), item)),
            Item::Enum(ref of) if !is_for_tests(&of.attrs) => items.push((path.to_owned(), item)),
            _ => {}
        }
    }
}

/// Returns whether an item is compiled only for tests.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let mut conditions = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|attribute| {
        let condition = attribute.parse_args::<Meta>();
        condition.is_ok_and(|condition| needs_test(&condition))
    })
}

/// Returns whether the condition of a `cfg` is true only if `test` is true.
fn needs_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let Ok(parts) = parts else { return false };
    if list.path.is_ident("all") {
        parts.iter().any(needs_test)
    } else if list.path.is_ident("any") {
        !parts.is_empty() && parts.iter().all(needs_test)
    } else {
        false
    }
}
