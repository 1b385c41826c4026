//! Finds the folder of migrations with which a query is checked.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use whippet_sql::Folder;

/// The environment variable that names the folder for all queries of a crate, relative to the crate's `Cargo.toml`.
const VARIABLE: &str = "WHIPPET_MIGRATIONS";

/// Returns the path of the folder. If the macro's input names a folder, this is `given`. Otherwise, it is the folder of
/// the crate.
///
/// # Errors
///
/// Returns an error if `given` is `None` and the crate has no `build.rs`. Without a `build.rs`, cargo would not notice
/// a new migration.
pub(crate) fn path(given: Option<&LitStr>) -> Result<PathBuf, String> {
    let root = std::env::var("CARGO_MANIFEST_DIR")
        .map_err(|_| "CARGO_MANIFEST_DIR is not set: build with cargo".to_owned())?;
    let root = Path::new(&root);
    if let Some(folder) = given {
        return Ok(root.join(folder.value()));
    }
    let folder = std::env::var(VARIABLE).unwrap_or_else(|_| "migrations".to_owned());
    if std::env::var_os("OUT_DIR").is_none() && !root.join("build.rs").exists() {
        return Err(format!(
            "cargo would not compile this query again after a migration is added: create a `build.rs` with \
             `fn main() {{ println!(\"cargo::rerun-if-changed={folder}\"); }}`"
        ));
    }
    Ok(root.join(folder))
}

/// Returns an item that makes cargo compile the query again when a migration changes.
pub(crate) fn tracked(folder: &Folder) -> TokenStream {
    let files = folder
        .files
        .iter()
        .map(|file| file.to_string_lossy().into_owned());
    quote! {
        const _: &[&[u8]] = &[#(::core::include_bytes!(#files)),*];
    }
}
