//! Macros of `whippet`, which re-exports them: use them from there.

mod migrations;

use proc_macro::TokenStream;

/// Embeds a folder of migrations into the program: `migrations!("migrations")`.
///
/// The path is relative to the `Cargo.toml` of the crate that calls it. Files are named `NNNN_name.sql`, with
/// consecutive numbers from `0001`, as `wrangler d1 migrations create` names them; other files are ignored.
///
/// # Errors
///
/// It does not compile when the folder is missing, when a `.sql` file is not named so, or when a number is missing
/// or used twice.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
