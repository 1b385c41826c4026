//! The attributes `#[get(…)]`, `#[post(…)]` and so on, which turn an async function into an operation.

mod arguments;
mod attribute;
pub(crate) mod errors;
mod path;
pub(crate) mod signature;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemFn, Type};

use crate::declare::declare;
use crate::doc;
use crate::mistakes::Mistakes;
use attribute::Attribute;

/// Returns the function, followed by a type with the same name that implements `Operation`. If the input has errors,
/// returns the function and the compile errors.
pub(crate) fn expand(method: &str, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let mut mistakes = Mistakes::default();
            let message = format!("`#[{method}]` can only be used on an `async fn` with a body");
            mistakes.add(&item, message);
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let mut mistakes = Mistakes::default();
    let attribute = Attribute::parse(method, arguments, &mut mistakes);
    let types = signature::check("an operation", &function, &mut mistakes);
    arguments::check_bodies(&types, &mut mistakes);
    if let Some(attribute) = &attribute {
        arguments::check_path(&types, &attribute.path.value(), &mut mistakes);
    }
    let operation = match attribute {
        Some(attribute) if mistakes.is_empty() => implement(method, &attribute, &function, &types),
        // A function with a receiver (`self`) is in an `impl` block, and no type can be declared there.
        _ if function.sig.receiver().is_some() => TokenStream::new(),
        _ => placeholder(&function),
    };
    let mistakes = mistakes.into_tokens();
    quote!(#function #operation #mistakes)
}

/// Returns a type that replaces an operation whose function has errors. With this type, `routes!` compiles, so the
/// compiler reports only the errors that the macro has found.
fn placeholder(function: &ItemFn) -> TokenStream {
    let (declared, name) = (declare(function), &function.sig.ident);
    quote! {
        #declared
        impl ::whippet::routing::Operation for #name {
            const ROUTE: ::whippet::routing::Route = ::whippet::routing::Route::PLACEHOLDER;
        }
    }
}

fn implement(
    method: &str,
    attribute: &Attribute,
    function: &ItemFn,
    types: &[&Type],
) -> TokenStream {
    let (declared, name) = (declare(function), &function.sig.ident);
    let method = format_ident!("{}", method.to_uppercase());
    let (path, id) = (&attribute.path, name.to_string());
    let doc = doc::text(&function.attrs);
    let deprecated = attribute.deprecated;
    let tag = match &attribute.tag {
        None => quote!(::core::option::Option::None),
        Some(tag) => quote!(::core::option::Option::Some(#tag)),
    };
    let status = status(attribute.status);
    let errors = &attribute.errors;
    let call = call(function, types, &status);
    let describe = types.iter().map(
        |ty| quote_spanned!(ty.span()=> <ArgumentOf<#ty>>::has_schema(); <ArgumentOf<#ty>>::describe(operation);),
    );
    let responses = match &function.sig.output {
        syn::ReturnType::Default => {
            quote!(<() as ::whippet::openapi::Responses>::describe(operation);)
        }
        syn::ReturnType::Type(_, ty) => {
            quote_spanned!(ty.span()=> <#ty as ::whippet::openapi::Responses>::describe(operation);)
        }
    };
    let reads = types.iter().map(|ty| quote!(<ArgumentOf<#ty>>::READS));
    let checks_scopes = types
        .iter()
        .map(|ty| quote!(<ArgumentOf<#ty>>::CHECKS_SCOPES));
    let around = types.iter().map(|ty| quote!(<ArgumentOf<#ty>>::AROUND));
    let scopes = &attribute.scopes;
    let checks = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <ArgumentOf<#ty>>::check(app)?;));
    quote! {
        #declared
        const _: () = {
            #[allow(unused_imports)]
            use ::whippet::routing::{ArgumentOf, AnyExtractor as _};
            // `Documentation` names the problem types only on native targets. This constant names them on every target,
            // so that the compiler does not warn of unused imports on WebAssembly.
            const _: &[::whippet::ProblemType] = &[#(#errors),*];
            impl ::whippet::routing::Operation for #name {
                const ROUTE: ::whippet::routing::Route = ::whippet::routing::Route {
                    method: ::whippet::axum::http::Method::#method,
                    path: #path,
                    id: #id,
                    call: #call,
                    reads: &[#(#reads),*],
                    scopes: &[#(#scopes),*],
                    checks_scopes: false #(|| #checks_scopes)*,
                    around: &[#(#around),*],
                    #[cfg(not(target_arch = "wasm32"))]
                    document: ::whippet::routing::Documentation {
                        doc: #doc,
                        tag: #tag,
                        deprecated: #deprecated,
                        status: #status,
                        errors: &[#(#errors),*],
                        describe: |operation| {
                            let _ = &operation;
                            #(#describe)*
                            #responses
                        },
                        check: |app| {
                            let _ = app;
                            #(#checks)*
                            ::core::result::Result::Ok(())
                        },
                    },
                };
            }
        };
    }
}

/// Returns an expression of the type `Option<StatusCode>`. The expression names a constant such as
/// `StatusCode::CREATED`, because `StatusCode::from_u16` is not a `const fn`.
fn status(status: Option<u16>) -> TokenStream {
    let name = match status {
        None => return quote!(::core::option::Option::None),
        Some(200) => "OK",
        Some(201) => "CREATED",
        Some(202) => "ACCEPTED",
        Some(203) => "NON_AUTHORITATIVE_INFORMATION",
        Some(204) => "NO_CONTENT",
        Some(205) => "RESET_CONTENT",
        Some(206) => "PARTIAL_CONTENT",
        Some(207) => "MULTI_STATUS",
        Some(208) => "ALREADY_REPORTED",
        Some(_) => "IM_USED",
    };
    let name = format_ident!("{name}");
    quote!(::core::option::Option::Some(::whippet::axum::http::StatusCode::#name))
}

/// Returns a closure that extracts the arguments, from the first to the last, and calls the function.
fn call(function: &ItemFn, types: &[&Type], status: &TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let names: Vec<_> = (0..types.len())
        .map(|at| format_ident!("argument_{at}"))
        .collect();
    let read = types.split_last().map(|(last, parts)| {
        let parts = parts.iter().zip(&names).map(
            |(ty, name)| quote_spanned!(ty.span()=> let #name = reader.part::<#ty>().await?;),
        );
        let (name, ty) = (&names[parts.len()], last);
        let whole = quote_spanned!(ty.span()=> let (#name, invalid) = reader.whole::<_, #ty>().await?;);
        quote! {
            let mut reader = ::whippet::routing::ArgumentReader::new(request, context);
            #(#parts)*
            #whole
            let (#(::core::option::Option::Some(#names),)*) = (#(#names,)*) else {
                return ::core::result::Result::Err(::whippet::axum::response::IntoResponse::into_response(invalid));
            };
        }
    });
    let output = match &function.sig.output {
        syn::ReturnType::Default => name.span(),
        syn::ReturnType::Type(_, ty) => ty.span(),
    };
    let returned = quote_spanned! {name.span()=>
        ::whippet::routing::handlers_hold_only_send_values_while_they_await(#name(#(#names),*)).await
    };
    let respond = quote_spanned!(output=> ::whippet::routing::respond(#returned, #status));
    quote! {
        |request, context| ::std::boxed::Box::pin(async move {
            #[allow(unused_mut, unused_variables)]
            let response = async move {
                #read
                ::core::result::Result::Ok(#respond)
            };
            response.await.unwrap_or_else(|rejection: ::whippet::axum::response::Response| rejection)
        })
    }
}
