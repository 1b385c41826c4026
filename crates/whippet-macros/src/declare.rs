//! The type that represents the function of an operation or a task.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;

/// Returns the declaration of a type with the name of the function.
pub(crate) fn declare(function: &ItemFn) -> TokenStream {
    let (visibility, name) = (&function.vis, &function.sig.ident);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, dead_code, unreachable_pub)]
        #visibility struct #name {}
    }
}
