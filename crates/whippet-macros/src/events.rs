//! `#[derive(Events)]`: turns the variants of an enum into server-sent events.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, LitStr, Variant};

use crate::doc;
use crate::mistakes::Mistakes;

/// Returns the implementations of `Events` and `IntoEvent`, or compile errors.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let Data::Enum(data) = &input.data else {
        mistakes.add(
            &input.ident,
            "`Events` can only be derived for an enum: each variant is an event",
        );
        return mistakes.into_tokens();
    };
    for parameter in &input.generics.params {
        mistakes.add(parameter, "an enum of events cannot be generic");
    }
    let mut arms = Vec::new();
    let mut descriptions = Vec::new();
    for variant in &data.variants {
        let name = name(variant, &mut mistakes);
        let (ident, doc) = (&variant.ident, doc::text(&variant.attrs));
        match &variant.fields {
            Fields::Unit => {
                arms.push(
                    quote!(Self::#ident => (#name, ::whippet::response::Event::data("null")),),
                );
                descriptions.push(quote!(events.event::<()>(#name, #doc);));
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let ty = &fields.unnamed[0].ty;
                arms.push(quote_spanned! {ty.span()=>
                    Self::#ident(data) => (#name, ::whippet::response::Event::json(&data)?),
                });
                descriptions.push(quote_spanned!(ty.span()=> events.event::<#ty>(#name, #doc);));
            }
            fields => mistakes.add(
                fields,
                format!(
                    "an event can have at most one value: write `{ident}(Data)`, with a struct `Data`"
                ),
            ),
        }
    }
    if !mistakes.is_empty() {
        return mistakes.into_tokens();
    }
    let ident = &input.ident;
    quote! {
        impl ::whippet::response::Events for #ident {
            fn describe(events: &mut ::whippet::openapi::EventBuilder<'_, '_>) {
                #(#descriptions)*
            }
        }

        impl ::whippet::response::IntoEvent for #ident {
            type Kind = Self;

            fn into_event(self) -> ::core::result::Result<::whippet::response::Event, ::whippet::Problem> {
                let (name, event) = match self {
                    #(#arms)*
                };
                ::core::result::Result::Ok(event.event(name))
            }
        }
    }
}

/// Returns the name of a variant's event: the name in `#[event(name = "…")]`, or else the variant's name in snake case.
fn name(variant: &Variant, mistakes: &mut Mistakes) -> String {
    let mut name = crate::snake_case::snake_case(&variant.ident.to_string());
    let attributes = variant.attrs.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("event")) {
        let read = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("unknown setting: use `name = \"…\"`"));
            }
            let literal: LitStr = meta.value()?.parse()?;
            name = literal.value();
            if name.is_empty() || name.contains(['\r', '\n', '\0']) {
                let message = "the name of an event must be one line of text";
                return Err(syn::Error::new(literal.span(), message));
            }
            Ok(())
        });
        mistakes.take(read);
    }
    name
}
