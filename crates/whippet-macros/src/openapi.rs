//! `openapi!`: embeds an OpenAPI document from a file.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};

/// Returns an expression of the type `Option<&'static str>`: the OpenAPI document on WebAssembly, and `None` on native
/// targets.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let file: LitStr = syn::parse2(input)?;
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| {
        Error::new(
            file.span(),
            "CARGO_MANIFEST_DIR is not set: build with cargo",
        )
    })?;
    let path = Path::new(&root).join(file.value());
    let written = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let (text, path) = (without_white_space(&text), path.to_string_lossy());
            // `include_bytes!` makes cargo rebuild the program when the file changes.
            quote!(::core::option::Option::Some({
                const _: &[u8] = ::core::include_bytes!(#path);
                #text
            }))
        }
        Err(error) => {
            let message = format!(
                "cannot read the OpenAPI document {}: {error}; write it with a native build, as `make openapi` does",
                path.display()
            );
            quote!(::core::compile_error!(#message))
        }
    };
    Ok(quote!({
        #[cfg(not(target_arch = "wasm32"))]
        const WRITTEN: ::core::option::Option<&'static str> = ::core::option::Option::None;
        #[cfg(target_arch = "wasm32")]
        const WRITTEN: ::core::option::Option<&'static str> = #written;
        WRITTEN
    }))
}

/// Returns JSON text without the white space between tokens.
fn without_white_space(json: &str) -> String {
    let (mut text, mut in_string, mut escaped) = (String::with_capacity(json.len()), false, false);
    for character in json.chars() {
        if in_string || !character.is_ascii_whitespace() {
            text.push(character);
        }
        match character {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && character == '\\' && !escaped;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::without_white_space;

    #[test]
    fn only_white_space_between_tokens_is_removed() {
        let json = "{\n  \"a b\": \"c \\\" d\\\\\", \"e\": [1, 2]\n}\n";
        assert_eq!(without_white_space(json), r#"{"a b":"c \" d\\","e":[1,2]}"#);
    }
}
