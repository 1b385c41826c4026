//! `#[test]`: turns a function into a native test and a browser test.
//!
//! A macro does not know the target for which its expansion is compiled. So the expansion contains both tests, and a
//! `cfg` attribute on each selects the right one.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{FnArg, ItemFn, PatType, Type};

use crate::mistakes::Mistakes;

/// Returns the code of the native test and the browser test, or compile errors.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item) {
        Ok(function) => function,
        Err(error) => return error.into_compile_error(),
    };
    let mistakes = mistakes(attribute, &function);
    if mistakes.is_empty() {
        tests(&function)
    } else {
        mistakes.into_tokens()
    }
}

fn mistakes(attribute: TokenStream, function: &ItemFn) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if !attribute.is_empty() {
        mistakes.add(
            attribute,
            "`#[whippet::test]` takes no arguments: remove them",
        );
    }
    for argument in &function.sig.inputs {
        if matches!(argument, FnArg::Receiver(_)) {
            mistakes.add(argument, "a test cannot take `self`: remove it");
        } else if function.sig.asyncness.is_none() {
            let message =
                "the arguments of a test are set up asynchronously: make the test an `async fn`";
            mistakes.add(argument, message);
        }
    }
    mistakes
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
    // The body of the test becomes an inner function, which keeps the arguments and the return type of the test.
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

#[cfg(test)]
mod tests {
    use super::expand;
    use proc_macro2::TokenStream;
    use quote::quote;

    fn expanded(attribute: TokenStream, item: TokenStream) -> String {
        expand(attribute, item).to_string()
    }

    #[test]
    fn all_mistakes_in_a_test_are_reported_together() {
        let item = quote!(
            fn works(&self, number: u8) {}
        );
        let errors = expanded(quote!(slow), item);
        for message in [
            "takes no arguments",
            "cannot take `self`",
            "make the test an `async fn`",
        ] {
            assert!(errors.contains(message), "{message}: {errors}");
        }
        assert!(
            expanded(
                quote!(),
                quote!(
                    struct A;
                )
            )
            .contains("compile_error")
        );
    }

    #[test]
    fn a_native_and_a_browser_test_are_generated_with_the_attributes_of_the_function() {
        for (item, fixtures) in [
            (
                quote!(
                    #[ignore]
                    fn works() {}
                ),
                0,
            ),
            (
                quote!(
                    #[ignore]
                    async fn works() {}
                ),
                0,
            ),
            (
                quote!(
                    #[ignore]
                    async fn works(a: A, b: B) {}
                ),
                4,
            ),
        ] {
            let tests = expanded(quote!(), item);
            for part in ["prelude :: v1 :: test", "wasm_bindgen_test", "# [ignore]"] {
                assert!(tests.contains(part), "{part}: {tests}");
            }
            assert_eq!(
                tests.matches("Fixture > :: set_up").count(),
                fixtures,
                "{tests}"
            );
        }
    }
}
