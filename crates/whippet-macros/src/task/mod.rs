//! `#[task(…)]`, which turns an async function into the handler of a task.

mod attribute;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, ItemFn, ReturnType, Type};

use crate::declare::declare;
use crate::mistakes::Mistakes;
use crate::operation::signature;
use attribute::Attribute;

/// Returns the function and a type of the same name that implements `TaskFunction`, or the function and its mistakes as
/// compile errors.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            mistakes.add(
                &item,
                "`#[task]` can only be used on an `async fn` with a body",
            );
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let attribute = Attribute::parse(arguments, &mut mistakes);
    let types = signature::check("a task", &function, &mut mistakes);
    let task = types.split_first();
    if task.is_none() && function.sig.receiver().is_none() {
        mistakes.add(
            &function.sig.ident,
            "a task needs an argument with its data: add a type that implements `Serialize` and `Deserialize`, as in \
             `async fn welcome(task: Welcome, db: Db)`",
        );
    }
    let implemented = match (attribute, task) {
        (Some(attribute), Some((task, dependencies))) if mistakes.is_empty() => {
            implement(&attribute, &function, task, dependencies)
        }
        // A function with a receiver is in an `impl` block, which cannot contain the declaration of a type.
        _ if function.sig.receiver().is_some() => TokenStream::new(),
        _ => placeholder(&function),
    };
    let mistakes = mistakes.into_tokens();
    quote!(#function #implemented #mistakes)
}

/// For a function with mistakes, declares a placeholder task, so that `tasks!` compiles and the compiler reports only
/// the mistakes.
fn placeholder(function: &ItemFn) -> TokenStream {
    let (declared, name) = (declare(function), &function.sig.ident);
    quote! {
        #declared
        impl ::whippet::tasks::TaskFunction for #name {
            type Task = ::whippet::tasks::NoTask;

            fn config() -> ::whippet::tasks::TaskConfig<::whippet::tasks::NoTask> {
                ::core::unimplemented!()
            }
        }
    }
}

fn implement(
    attribute: &Attribute,
    function: &ItemFn,
    task: &Type,
    dependencies: &[&Type],
) -> TokenStream {
    let (declared, name) = (declare(function), &function.sig.ident);
    let task_name = match &attribute.name {
        Some(name) => quote!(#name),
        None => {
            let name = name.to_string();
            quote!(#name)
        }
    };
    let settings = &attribute.settings;
    let names: Vec<_> = (0..dependencies.len())
        .map(|at| format_ident!("argument_{at}"))
        .collect();
    let read = dependencies.iter().zip(&names).map(|(ty, name)| {
        quote_spanned!(ty.span()=> let #name = ::whippet::routing::argument::<#ty>(&mut parts, &context).await?;)
    });
    let output = match &function.sig.output {
        ReturnType::Default => name.span(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    let returned = Ident::new("returned", output);
    let outcome = quote_spanned!(output=> ::whippet::tasks::outcome(#returned));
    // With the span of the argument's type, the compiler reports a missing trait at the name of the type.
    let is_task = quote_spanned! {task.span()=>
        impl ::whippet::Task for #task {
            const NAME: &'static str = #task_name;
        }
    };
    quote! {
        #declared
        const _: () = {
            #is_task

            impl ::whippet::tasks::TaskFunction for #name {
                type Task = #task;

                fn config() -> ::whippet::tasks::TaskConfig<#task> {
                    ::whippet::tasks::from_fn(|task, parts, context| ::std::boxed::Box::pin(async move {
                        #[allow(unused_mut, unused_variables)]
                        let (mut parts, context) = (parts, context);
                        #(#read)*
                        let #returned = #name(task, #(#names),*).await;
                        #outcome
                    }))
                    #(#settings)*
                }
            }
        };
    }
}
