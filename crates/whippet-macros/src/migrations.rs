//! `migrations!`: reads a folder of migrations at compile time.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};
use whippet_migrations::{check_names, squashed};

/// Returns an expression of the type `whippet::Migrations`, or an error that lists every invalid file name in the
/// folder.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let folder: LitStr = syn::parse2(input)?;
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| {
        Error::new(
            folder.span(),
            "CARGO_MANIFEST_DIR is not set: build with cargo",
        )
    })?;
    let path = Path::new(&root).join(folder.value());
    let names = whippet_sql::sql_files(&path).map_err(|why| Error::new(folder.span(), why))?;
    let first = names
        .first()
        .map(|name| std::fs::read_to_string(path.join(name)));
    // An error is ignored here, because `include_str!` also reads the file and reports the error.
    let is_squashed = first.is_some_and(|sql| sql.is_ok_and(|sql| squashed(&sql).is_some()));
    let mistakes = check_names(names.iter().map(String::as_str), is_squashed);
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
