//! `openapi!`: carries a written document.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};

/// The tokens of an `Option<&'static str>`.
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
            let (text, path) = (without_space(&text), path.to_string_lossy());
            // Naming the file has cargo look at it.
            quote!(::core::option::Option::Some({
                const _: &[u8] = ::core::include_bytes!(#path);
                #text
            }))
        }
        Err(error) => {
            let message = format!(
                "the document {} cannot be read: {error}; write it by a native run, as `make openapi` does",
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

/// JSON text without the white space between its tokens.
fn without_space(json: &str) -> String {
    let (mut text, mut within, mut escaped) = (String::with_capacity(json.len()), false, false);
    for character in json.chars() {
        if within || !character.is_ascii_whitespace() {
            text.push(character);
        }
        match character {
            '"' if !escaped => within = !within,
            _ => {}
        }
        escaped = within && character == '\\' && !escaped;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::without_space;

    #[test]
    fn only_space_between_tokens_goes() {
        let json = "{\n  \"a b\": \"c \\\" d\\\\\", \"e\": [1, 2]\n}\n";
        assert_eq!(without_space(json), r#"{"a b":"c \" d\\","e":[1,2]}"#);
    }
}
