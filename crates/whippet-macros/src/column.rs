//! `#[derive(Column)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, Path, Type, Variant};

/// The settings in `#[column(…)]`.
#[derive(Default)]
struct Settings {
    krate: Option<Path>,
    json: bool,
    text: bool,
}

/// Returns the code that implements `FromColumn` and `ToParameter` for the type.
pub(crate) fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &item.generics,
            "`Column` cannot be derived for a type with generic parameters",
        ));
    }
    let settings = settings(&item)?;
    let krate = match settings.krate {
        Some(krate) => quote!(#krate),
        None => quote!(::whippet),
    };
    let name = &item.ident;
    if settings.json {
        return Ok(json(name, &krate));
    }
    match &item.data {
        Data::Struct(data) => {
            let (field, member) = single_field(name, &data.fields)?;
            let build = |value: TokenStream| match &data.fields {
                Fields::Named(_) => quote!(#name { #member: #value }),
                _ => quote!(#name(#value)),
            };
            Ok(if settings.text {
                let parse = build(quote!(text.parse().map_err(|error| {
                    #krate::DbError::Decode(::std::format!("{text:?} is not valid: {error}"))
                })?));
                text(
                    name,
                    &krate,
                    &parse,
                    &quote!(::std::string::ToString::to_string(&self.#member)),
                )
            } else {
                newtype(
                    name,
                    field,
                    &krate,
                    &build(quote!(value)),
                    &quote!(self.#member),
                )
            })
        }
        Data::Enum(data) => {
            let (parse, write) = variants(name, data.variants.iter(), &krate)?;
            Ok(text(name, &krate, &parse, &write))
        }
        Data::Union(_) => Err(Error::new_spanned(
            name,
            "`Column` cannot be derived for a union",
        )),
    }
}

fn settings(item: &DeriveInput) -> syn::Result<Settings> {
    let mut settings = Settings::default();
    for attribute in item
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("column"))
    {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("json") {
                settings.json = true;
            } else if meta.path.is_ident("text") {
                settings.text = true;
            } else if meta.path.is_ident("crate") {
                settings.krate = Some(meta.value()?.parse()?);
            } else {
                return Err(meta.error("expected `json`, `text` or `crate = path`"));
            }
            Ok(())
        })?;
    }
    Ok(settings)
}

fn single_field<'a>(name: &Ident, fields: &'a Fields) -> syn::Result<(&'a Type, TokenStream)> {
    let mut all = fields.iter();
    match (all.next(), all.next()) {
        (Some(field), None) => {
            let member = field
                .ident
                .as_ref()
                .map_or_else(|| quote!(0), |ident| quote!(#ident));
            Ok((&field.ty, member))
        }
        _ => Err(Error::new_spanned(
            name,
            "`Column` can only be derived for a struct with one field, or an enum whose variants have no fields: add `#[column(json)]` to store another type as JSON",
        )),
    }
}

fn newtype(
    name: &Ident,
    field: &Type,
    krate: &TokenStream,
    build: &TokenStream,
    get: &TokenStream,
) -> TokenStream {
    quote! {
        #[diagnostic::do_not_recommend]
        impl<C> #krate::sql::FromColumn<C> for #name
        where
            #field: #krate::sql::FromColumn<C>,
        {
            fn from_column(value: #krate::Value) -> ::core::result::Result<Self, #krate::DbError> {
                let value = <#field as #krate::sql::FromColumn<C>>::from_column(value)?;
                ::core::result::Result::Ok(#build)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<P> #krate::sql::ToParameter<P> for #name
        where
            #field: #krate::sql::ToParameter<P>,
        {
            fn to_parameter(&self) -> ::core::result::Result<#krate::Value, #krate::DbError> {
                #krate::sql::ToParameter::<P>::to_parameter(&#get)
            }
        }
    }
}

fn json(name: &Ident, krate: &TokenStream) -> TokenStream {
    stored_as_text(
        name,
        krate,
        &quote!(#krate::sql::from_json(value)),
        &quote!(#krate::sql::to_json(self)),
    )
}

/// Returns the code for a type that is stored as text. `parse` is an expression that converts the variable `text` to a
/// value of the type. `write` is an expression that converts `self` to text.
fn text(
    name: &Ident,
    krate: &TokenStream,
    parse: &TokenStream,
    write: &TokenStream,
) -> TokenStream {
    let read = quote! {{
        let text = <::std::string::String as #krate::sql::FromColumn<#krate::sql::Text>>::from_column(value)?;
        ::core::result::Result::Ok(#parse)
    }};
    let write = quote!(::core::result::Result::Ok(#krate::Value::Text(#write)));
    stored_as_text(name, krate, &read, &write)
}

fn stored_as_text(
    name: &Ident,
    krate: &TokenStream,
    read: &TokenStream,
    write: &TokenStream,
) -> TokenStream {
    let kinds = [quote!(#krate::sql::Text), quote!(#krate::sql::Any)];
    let parameters = [quote!(#krate::sql::Text), quote!(#krate::sql::Any)]
        .into_iter()
        .flat_map(|kind| [kind.clone(), quote!(#krate::sql::Nullable<#kind>)]);
    quote! {
        #(impl #krate::sql::FromColumn<#kinds> for #name {
            fn from_column(value: #krate::Value) -> ::core::result::Result<Self, #krate::DbError> {
                #read
            }
        })*
        #(impl #krate::sql::ToParameter<#parameters> for #name {
            fn to_parameter(&self) -> ::core::result::Result<#krate::Value, #krate::DbError> {
                #write
            }
        })*
    }
}

fn variants<'a>(
    name: &Ident,
    variants: impl Iterator<Item = &'a Variant>,
    krate: &TokenStream,
) -> syn::Result<(TokenStream, TokenStream)> {
    let mut names = Vec::new();
    let mut texts = Vec::new();
    for variant in variants {
        if !variant.fields.is_empty() {
            return Err(Error::new_spanned(
                variant,
                "a variant cannot have fields: add `#[column(json)]` to the enum to store it as JSON",
            ));
        }
        names.push(format_ident!("{}", variant.ident));
        texts.push(crate::snake_case::snake_case(&variant.ident.to_string()));
    }
    let expected = texts.join(", ");
    let parse = quote!(match text.as_str() {
        #(#texts => #name::#names,)*
        _ => return ::core::result::Result::Err(#krate::DbError::Decode(
            ::std::format!("expected one of {}, found {text:?}", #expected)
        )),
    });
    let write =
        quote!(::std::borrow::ToOwned::to_owned(match self { #(#name::#names => #texts,)* }));
    Ok((parse, write))
}
