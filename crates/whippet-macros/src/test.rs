//! `#[test]`: one source for a native test and one in a browser.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, FnArg, ItemFn, PatType, Type};

/// The tokens of the tests, and every mistake in the function.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item) {
        Ok(function) => function,
        Err(error) => return error.into_compile_error(),
    };
    match mistakes(&attribute, &function) {
        Some(mistakes) => mistakes.into_compile_error(),
        None => tests(&function),
    }
}

fn mistakes(attribute: &TokenStream, function: &ItemFn) -> Option<Error> {
    let mut errors = Vec::new();
    if !attribute.is_empty() {
        let message = "`#[whippet::test]` takes no arguments";
        errors.push(Error::new_spanned(attribute, message));
    }
    if function.sig.asyncness.is_none() {
        let message = "a test of Whippet is an `async fn`; another is a plain `#[test]`";
        errors.push(Error::new_spanned(function.sig.fn_token, message));
    }
    if let Some(receiver) = function.sig.receiver() {
        errors.push(Error::new_spanned(receiver, "a test takes no `self`"));
    }
    errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    })
}

fn tests(function: &ItemFn) -> TokenStream {
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;
    let (name, output) = (&sig.ident, &sig.output);
    let arguments: Vec<&PatType> = sig
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let types: Vec<&Type> = arguments.iter().map(|argument| &*argument.ty).collect();
    let fixtures: Vec<Ident> = (0..types.len())
        .map(|number| format_ident!("__fixture_{number}"))
        .collect();
    // One function, so that the body is compiled once and its errors are told once.
    let body = quote! {
        async fn body(#(#arguments),*) #output #block
        #(let #fixtures = <#types as ::whippet::testing::Fixture>::set_up().await;)*
        body(#(#fixtures),*).await
    };
    quote! {
        #[cfg(not(target_arch = "wasm32"))]
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis fn #name() #output {
            ::whippet::testing::block_on(async { #body })
        }

        #[cfg(target_arch = "wasm32")]
        #[::whippet::testing::wasm_bindgen_test::wasm_bindgen_test(crate = ::whippet::testing::wasm_bindgen_test)]
        #(#attrs)*
        #vis async fn #name() #output {
            #body
        }
    }
}
