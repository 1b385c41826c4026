//! Declares a type for the function of an operation or a task. The macros implement their traits for this type, because
//! a trait cannot be implemented for a function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;

/// Returns the declaration of a type that has the same name as the function.
pub(crate) fn declare(function: &ItemFn) -> TokenStream {
    let (visibility, name) = (&function.vis, &function.sig.ident);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, dead_code, unreachable_pub)]
        #visibility struct #name {}
    }
}
