//! `#[test]`: one source for a native test and one in a browser.
//!
//! Both are written down, each for its target: a macro does not know which one it is expanded for.

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
    if let (None, Some(argument)) = (function.sig.asyncness, function.sig.inputs.first()) {
        let message = "arguments are set up by waiting for them: make the test an `async fn`";
        errors.push(Error::new_spanned(argument, message));
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
    let browser = quote!(::whippet::testing::wasm_bindgen_test);
    if sig.asyncness.is_none() {
        return quote! {
            #[cfg_attr(not(target_arch = "wasm32"), ::core::prelude::v1::test)]
            #[cfg_attr(target_arch = "wasm32", #browser::wasm_bindgen_test(crate = #browser))]
            #(#attrs)*
            #vis #sig #block
        };
    }
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
        #[#browser::wasm_bindgen_test(crate = #browser)]
        #(#attrs)*
        #vis async fn #name() #output {
            #body
        }
    }
}
