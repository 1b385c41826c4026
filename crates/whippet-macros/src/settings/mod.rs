//! `#[derive(Settings)]`: reads a struct from configuration variables.

mod attribute;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Field, Ident, PathArguments, Type};

use crate::doc;
use crate::mistakes::Mistakes;
use crate::named_fields::named_fields;
use attribute::{Attribute, prefix};

/// Returns the implementation of `Settings`, or compile errors.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let prefix = prefix(&input.attrs, &mut mistakes);
    let Some(fields) = named_fields(
        &input,
        "Settings",
        "a struct of settings cannot be generic",
        &mut mistakes,
    ) else {
        return mistakes.into_tokens();
    };
    let settings: Vec<Setting<'_>> = fields
        .iter()
        .filter_map(|field| Setting::of(field, &prefix, &mut mistakes))
        .collect();
    if !mistakes.is_empty() {
        return mistakes.into_tokens();
    }
    let name = &input.ident;
    let variables = settings.iter().map(Setting::variable);
    let reads = settings.iter().map(Setting::read);
    let names: Vec<&Ident> = settings.iter().map(|setting| setting.field).collect();
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::whippet::settings::{AnySetting as _, SettingOf};

            impl ::whippet::settings::Settings for #name {
                fn variables() -> ::std::vec::Vec<::whippet::settings::Variable> {
                    let mut variables = ::std::vec::Vec::new();
                    #(#variables)*
                    variables
                }

                fn from_config(
                    config: &::whippet::Config,
                ) -> ::core::result::Result<Self, ::whippet::settings::SettingsError> {
                    let mut errors = ::whippet::settings::SettingsError::default();
                    #(#reads)*
                    match (#(#names,)*) {
                        (#(::core::option::Option::Some(#names),)*) => ::core::result::Result::Ok(Self { #(#names),* }),
                        _ => ::core::result::Result::Err(errors),
                    }
                }
            }
        };
    }
}

/// A field of the struct.
struct Setting<'a> {
    field: &'a Ident,
    ty: &'a Type,
    doc: String,
    variable: String,
    attribute: Attribute,
    is_optional: bool,
    /// Whether the type of the field is a `Secret`.
    is_secret: bool,
}

impl<'a> Setting<'a> {
    fn of(field: &'a Field, prefix: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let name = field.ident.as_ref()?;
        let mut attribute = Attribute::parse(&field.attrs, mistakes);
        let variable = match &attribute.name {
            Some(name) => name.value(),
            None => format!("{prefix}{}", name.to_string().trim_start_matches("r#")).to_uppercase(),
        };
        let optional = argument_of("Option", &field.ty);
        let inner = optional.unwrap_or(&field.ty);
        if is_bool(&field.ty) && attribute.default.is_none() {
            attribute.default = Some(syn::LitStr::new("false", field.ty.span()));
        }
        if optional.is_some() && attribute.default.is_some() {
            mistakes.add(
                &field.ty,
                "an optional setting cannot have a default: remove the `Option` or the default",
            );
        }
        Some(Self {
            field: name,
            ty: inner,
            doc: doc::text(&field.attrs),
            variable,
            attribute,
            is_optional: optional.is_some(),
            is_secret: argument_of("Secret", inner).is_some(),
        })
    }

    /// Returns a statement that adds the description of the field's variable to the list `variables`.
    fn variable(&self) -> TokenStream {
        let (name, doc, ty) = (&self.variable, &self.doc, self.ty);
        if self.attribute.is_flat {
            return quote_spanned!(ty.span()=> variables.extend(<#ty as ::whippet::settings::Settings>::variables()););
        }
        let default = self.default();
        let is_required = !self.is_optional && self.attribute.default.is_none();
        let is_secret = self.is_secret;
        quote! {
            variables.push(::whippet::settings::Variable {
                name: #name,
                doc: #doc,
                default: #default,
                is_required: #is_required,
                is_secret: #is_secret,
            });
        }
    }

    /// Returns a `let` statement that reads the value of the field. The new Rust variable has the name of the field.
    fn read(&self) -> TokenStream {
        let (field, name, ty, is_secret) = (self.field, &self.variable, self.ty, self.is_secret);
        if self.attribute.is_flat {
            return quote_spanned!(ty.span()=> let #field = errors.take_all(<#ty as ::whippet::settings::Settings>::from_config(config)););
        }
        let default = self.default();
        let parse = match (&self.attribute.with, argument_of("Secret", ty)) {
            (Some(with), _) => {
                quote_spanned!(with.span()=> |text| #with(text).map_err(|error| ::std::string::ToString::to_string(&error)))
            }
            (None, Some(inner)) => {
                quote_spanned!(inner.span()=> |text| <SettingOf<#inner>>::parse(text).map(::whippet::Secret::new))
            }
            (None, None) => quote_spanned!(ty.span()=> <SettingOf<#ty>>::parse),
        };
        let read = quote!(config.setting::<#ty>(#name, #default, #is_secret, #parse));
        match self.is_optional {
            true => quote!(let #field = errors.take(#read);),
            false => quote! {
                let #field = errors.take(#read.and_then(|value| {
                    value.ok_or_else(|| ::whippet::ConfigError::new(#name, "is not set"))
                }));
            },
        }
    }

    fn default(&self) -> TokenStream {
        match &self.attribute.default {
            None => quote!(::core::option::Option::None),
            Some(default) => quote!(::core::option::Option::Some(#default)),
        }
    }
}

/// If the type is `name<T>`, such as `Option<T>`, returns `T`. Otherwise, returns `None`.
pub(crate) fn argument_of<'a>(name: &str, ty: &'a Type) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) if last.ident == name => Some(inner),
        _ => None,
    }
}

fn is_bool(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("bool"))
}
