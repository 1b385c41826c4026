//! `migrations!`: reads a folder of migrations at compile time.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};
use whippet_migrations::check_names;

/// Returns the tokens of a `whippet::Migrations`, or an error with all mistakes in the folder.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let folder: LitStr = syn::parse2(input)?;
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| {
        Error::new(
            folder.span(),
            "CARGO_MANIFEST_DIR is not set: build with cargo",
        )
    })?;
    let path = Path::new(&root).join(folder.value());
    let names = sql_files(&path).map_err(|why| Error::new(folder.span(), why))?;
    let mistakes = check_names(names.iter().map(String::as_str));
    if !mistakes.is_empty() {
        return Err(Error::new(folder.span(), mistakes.join("; ")));
    }

    let entries = names.iter().map(|name| {
        let file: PathBuf = path.join(name);
        let file = file.to_string_lossy();
        quote!(::whippet::Migration { name: #name, sql: ::core::include_str!(#file) })
    });
    Ok(quote!(::whippet::Migrations::new(&[#(#entries),*])))
}

fn sql_files(path: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| {
        format!(
            "cannot read the migrations folder {}: {error}",
            path.display()
        )
    })?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
