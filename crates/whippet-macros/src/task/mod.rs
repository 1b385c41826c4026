//! `#[task(…)]` and `#[cron(…)]`, which turn an async function into the handler of a task.

mod attribute;
mod cron;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute as Attr, Ident, ItemFn, Meta, ReturnType, Type};

use crate::declare::declare;
use crate::mistakes::Mistakes;
use crate::operation::signature;
use attribute::Attribute;
use cron::Cron;

/// The attribute that the macro expands. If a function has both attributes, the compiler first expands the upper one.
/// This expansion removes the lower attribute from the function, and handles it too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Task,
    Cron,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Cron => "cron",
        }
    }
}

/// Returns the function, followed by a type with the same name that implements `TaskFunction`. If the input has errors,
/// returns the function and the compile errors.
pub(crate) fn expand(kind: Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let mut function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let message = format!(
                "`#[{}]` can only be used on an `async fn` with a body",
                kind.name()
            );
            mistakes.add(&item, message);
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let [task, cron] = [Kind::Task, Kind::Cron].map(|attribute| {
        let own = (attribute == kind).then(|| arguments.clone());
        let others = take(&mut function, attribute.name());
        let mut all = own.into_iter().chain(others);
        let first = all.next();
        if all.next().is_some() {
            let message = format!(
                "the function has two attributes `#[{}]`: remove one",
                attribute.name()
            );
            mistakes.add(&function.sig.ident, message);
        }
        first
    });
    let is_alone = task.is_none();
    let task = task.map(|arguments| Attribute::parse(arguments, &mut mistakes));
    let cron = cron.map(|arguments| Cron::parse(arguments, is_alone, &mut mistakes));
    let what = if is_alone {
        "a cron function"
    } else {
        "a task"
    };
    let types = signature::check(what, &function, &mut mistakes);
    if !is_alone && types.is_empty() && function.sig.receiver().is_none() {
        mistakes.add(
            &function.sig.ident,
            "a task needs an argument with its data: add a type that implements `Serialize` and `Deserialize`, as in \
             `async fn welcome(task: Welcome, db: Db)`",
        );
    }
    let implemented = if mistakes.is_empty() {
        implement(task.flatten(), cron.flatten(), &function, &types)
    } else if function.sig.receiver().is_some() {
        // A function with a receiver (`self`) is in an `impl` block, and no type can be declared there.
        TokenStream::new()
    } else {
        placeholder(&function)
    };
    let mistakes = mistakes.into_tokens();
    quote!(#function #implemented #mistakes)
}

/// Removes the attributes with the name `name` from the function, and returns their arguments.
fn take(function: &mut ItemFn, name: &str) -> Vec<TokenStream> {
    let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut function.attrs)
        .into_iter()
        .partition(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == name)
        });
    function.attrs = left;
    let arguments = |attribute: Attr| match attribute.meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    taken.into_iter().map(arguments).collect()
}

/// Declares a type that replaces a task whose function has errors. With this type, `tasks!` compiles, so the compiler
/// reports only the errors that the macro has found.
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

/// Returns the implementation of `TaskFunction`. Without the attribute `#[task]`, all arguments are dependencies, and
/// the data of the task is the tick.
fn implement(
    task: Option<Attribute>,
    cron: Option<Cron>,
    function: &ItemFn,
    types: &[&Type],
) -> TokenStream {
    let (declared, name) = (declare(function), &function.sig.ident);
    let cron_value = cron.as_ref().and_then(Cron::value);
    let cron_value = cron_value.map(|value| quote!(static CRON: ::whippet::tasks::Cron = #value;));
    let with_data = task.is_some();
    let Some(attribute) = task.or(cron.map(|cron| cron.task)) else {
        return TokenStream::new();
    };
    let task_name = match &attribute.name {
        Some(name) => quote!(#name),
        None => {
            let name = name.to_string();
            quote!(#name)
        }
    };
    let settings = &attribute.settings;
    let (data, dependencies) = match types.split_first() {
        Some((data, dependencies)) if with_data => (quote!(#data), dependencies),
        _ => (quote!(::whippet::tasks::Scheduled<#name>), types),
    };
    // The generated tokens have the span of the data type's name. So if the type lacks a required trait, the compiler
    // reports the error at this name.
    let (is_task, call, span) = match types.first().filter(|_| with_data) {
        Some(data) => (
            quote_spanned! {data.span()=>
                impl ::whippet::Task for #data {
                    const NAME: &'static str = #task_name;
                }
            },
            quote!(task,),
            data.span(),
        ),
        None => (
            quote! {
                impl ::whippet::tasks::CronFunction for #name {
                    const NAME: &'static str = #task_name;
                }
            },
            TokenStream::new(),
            name.span(),
        ),
    };
    let parameter = match with_data {
        true => quote!(task),
        false => quote!(task: #data),
    };
    let tick = (!with_data).then(|| quote!(task.add_to(&mut parts);));
    let schedule = cron_value.as_ref().map(|_| cron::add(span));
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
    quote! {
        #declared
        const _: () = {
            #cron_value
            #is_task

            impl ::whippet::tasks::TaskFunction for #name {
                type Task = #data;

                fn config() -> ::whippet::tasks::TaskConfig<#data> {
                    ::whippet::tasks::from_fn(|#parameter, parts, context| ::std::boxed::Box::pin(async move {
                        #[allow(unused_mut, unused_variables)]
                        let (mut parts, context) = (parts, context);
                        #tick
                        #(#read)*
                        let #returned = #name(#call #(#names),*).await;
                        #outcome
                    }))
                    #(#settings)*
                    #schedule
                }
            }
        };
    }
}
