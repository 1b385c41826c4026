//! `#[dependency]`: implements an extractor that calls an async function.

mod attribute;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{GenericArgument, ItemFn, PathArguments, ReturnType, Type};

use crate::mistakes::Mistakes;
use crate::operation::signature;
use attribute::Attribute;

/// Returns the function, followed by the code of an extractor that calls the function. If the input has errors, returns
/// the function and the compile errors.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            mistakes.add(
                &item,
                "`#[dependency]` can only be used on an `async fn` with a body",
            );
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let parsed = Attribute::parse.parse2(arguments);
    let attribute = mistakes.take(parsed).unwrap_or_default();
    let types = signature::check("a dependency", &function, &mut mistakes);
    let resolved = resolved(&function.sig.output);
    if resolved.is_none() {
        mistakes.add(
            &function.sig,
            "a dependency must return a value: add a return type, as in `-> Result<Tenant, Problem>`",
        );
    }
    let extractor = match resolved {
        Some((ty, failure)) if mistakes.is_empty() => {
            implement(&function, &types, ty, failure, &attribute)
        }
        _ => TokenStream::new(),
    };
    let mistakes = mistakes.into_tokens();
    quote!(#function #extractor #mistakes)
}

/// Returns the type of the dependency. If the function returns a `Result`, also returns the span of the error type.
fn resolved(output: &ReturnType) -> Option<(&Type, Option<Span>)> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let Type::Path(path) = &**ty else {
        return Some((ty, None));
    };
    let last = path.path.segments.last()?;
    if last.ident != "Result" {
        return Some((ty, None));
    }
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some((ty, arguments.args.last().map(Spanned::span))),
            _ => None,
        },
        _ => None,
    }
}

fn implement(
    function: &ItemFn,
    types: &[&Type],
    resolved: &Type,
    failure: Option<Span>,
    attribute: &Attribute,
) -> TokenStream {
    let name = &function.sig.ident;
    let names: Vec<_> = (0..types.len())
        .map(|at| format_ident!("argument_{at}"))
        .collect();
    let read = types.iter().zip(&names).map(|(ty, name)| {
        quote_spanned!(ty.span()=> let #name = ::whippet::routing::argument::<#ty>(parts, context).await?;)
    });
    let call = match failure {
        Some(error) => {
            let problem = quote_spanned!(error=> ::whippet::routing::problem_from(error));
            quote! {
                match #name(#(#names),*).await {
                    ::core::result::Result::Ok(resolved) => resolved,
                    ::core::result::Result::Err(error) => return ::core::result::Result::Err(#problem),
                }
            }
        }
        None => quote!(#name(#(#names),*).await),
    };
    // The compiler reports an error at the span of the tokens that cause it. If the type of the dependency does not
    // implement a trait, the error must be at the name of this type.
    let cached = quote_spanned!(resolved.span()=> ::whippet::routing::resolved(parts, context));
    let keep = quote_spanned!(resolved.span()=> ::whippet::routing::keep(parts, context, resolved));
    let reads = types.iter().map(|ty| quote!(<ArgumentOf<#ty>>::READS));
    let checks_scopes = types
        .iter()
        .map(|ty| quote!(<ArgumentOf<#ty>>::CHECKS_SCOPES));
    let around = types.iter().map(|ty| quote!(<ArgumentOf<#ty>>::AROUND));
    let describe = types.iter().map(
        |ty| quote_spanned!(ty.span()=> <ArgumentOf<#ty>>::has_schema(); <ArgumentOf<#ty>>::describe(operation);),
    );
    let checks = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <ArgumentOf<#ty>>::check(app)?;));
    let describe = match &*attribute.security {
        [] => quote!(#(#describe)*),
        schemes => quote! {
            operation.secured_by(&[#(#schemes),*], |operation| {
                let _ = &operation;
                #(#describe)*
            });
        },
    };
    let problems = &attribute.errors;
    // A dependency that can fail usually fails with an internal error, such as a `DbError`, so its operations declare
    // `INTERNAL`.
    let internal =
        failure.map(|_| quote!(operation.problem(&::whippet::problem::types::INTERNAL);));
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::whippet::routing::{ArgumentOf, AnyExtractor as _};

            impl ::whippet::axum::extract::FromRequestParts<::whippet::Context> for #resolved {
                type Rejection = ::whippet::Problem;

                async fn from_request_parts(
                    parts: &mut ::whippet::axum::http::request::Parts,
                    context: &::whippet::Context,
                ) -> ::core::result::Result<Self, ::whippet::Problem> {
                    if let ::core::option::Option::Some(cached) = #cached {
                        return ::core::result::Result::Ok(cached);
                    }
                    #(#read)*
                    let resolved: Self = #call;
                    ::core::result::Result::Ok(#keep)
                }
            }

            impl ::whippet::extract::Argument for #resolved {
                const READS: ::whippet::routing::Reads = ::whippet::routing::Reads::Each(&[#(#reads),*]);

                const CHECKS_SCOPES: bool = false #(|| #checks_scopes)*;
                const AROUND: ::whippet::routing::Around = ::whippet::routing::Around::Each(&[#(#around),*]);

                fn describe(operation: &mut ::whippet::openapi::OperationBuilder<'_>) {
                    #describe
                    #(operation.problem(&#problems);)*
                    #internal
                    let _ = operation;
                }

                fn check(
                    app: &::whippet::extract::ArgumentCheck<'_>,
                ) -> ::core::result::Result<(), ::std::string::String> {
                    #(#checks)*
                    let _ = app;
                    ::core::result::Result::Ok(())
                }
            }
        };
    }
}
