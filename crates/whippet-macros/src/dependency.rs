//! `#[dependency]`: what an async function resolves is an argument.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{GenericArgument, ItemFn, PathArguments, ReturnType, Type};

use crate::mistakes::Mistakes;
use crate::operation::{errors, signature};

/// The function, and the extractor that it stands for. Where there are mistakes, the function and those.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            mistakes.add(&item, "`#[dependency]` goes on an `async fn` with a body");
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let parsed = errors::parse.parse2(arguments);
    let problems = mistakes.take(parsed).unwrap_or_default();
    let types = signature::check(&function, &mut mistakes);
    let resolved = resolved(&function.sig.output);
    if resolved.is_none() {
        mistakes.add(
            &function.sig,
            "a dependency resolves to a type: let the function return it, as in `-> Result<Tenant, Problem>`",
        );
    }
    let extractor = match resolved {
        Some((ty, fails)) if mistakes.is_empty() => {
            implement(&function, &types, ty, fails, &problems)
        }
        _ => TokenStream::new(),
    };
    let mistakes = mistakes.into_tokens();
    quote!(#function #extractor #mistakes)
}

/// What the function resolves to, and whether it can fail.
fn resolved(output: &ReturnType) -> Option<(&Type, bool)> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let Type::Path(path) = &**ty else {
        return Some((ty, false));
    };
    let last = path.path.segments.last()?;
    if last.ident != "Result" {
        return Some((ty, false));
    }
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some((ty, true)),
            _ => None,
        },
        _ => None,
    }
}

fn implement(
    function: &ItemFn,
    types: &[&Type],
    resolved: &Type,
    fails: bool,
    problems: &[syn::Path],
) -> TokenStream {
    let name = &function.sig.ident;
    let names: Vec<_> = (0..types.len())
        .map(|at| format_ident!("argument_{at}"))
        .collect();
    let read = types.iter().zip(&names).map(|(ty, name)| {
        quote_spanned!(ty.span()=> let #name = ::whippet::routing::argument::<#ty>(parts, context).await?;)
    });
    let call = if fails {
        quote!(#name(#(#names),*).await?)
    } else {
        quote!(#name(#(#names),*).await)
    };
    let reads = types.iter().map(|ty| quote!(<Known<#ty>>::READS));
    let describe = types
        .iter()
        .map(|ty| quote!(<Known<#ty>>::describe(entry);));
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::whippet::routing::{Known, Unknown as _};

            impl ::whippet::axum::extract::FromRequestParts<::whippet::Context> for #resolved {
                type Rejection = ::whippet::Problem;

                async fn from_request_parts(
                    parts: &mut ::whippet::axum::http::request::Parts,
                    context: &::whippet::Context,
                ) -> ::core::result::Result<Self, ::whippet::Problem> {
                    if let ::core::option::Option::Some(known) = ::whippet::routing::known(parts, context) {
                        return ::core::result::Result::Ok(known);
                    }
                    #(#read)*
                    let resolved: Self = #call;
                    ::core::result::Result::Ok(::whippet::routing::keep(parts, resolved))
                }
            }

            impl ::whippet::extract::Argument for #resolved {
                const READS: ::whippet::routing::Reads = ::whippet::routing::Reads::Each(&[#(#reads),*]);

                fn describe(entry: &mut ::whippet::openapi::Entry<'_>) {
                    #(#describe)*
                    #(entry.problem(&#problems);)*
                    let _ = entry;
                }
            }
        };
    }
}
