//! `#[derive(Form)]`: reads a struct from a form with files.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, DeriveInput, Field, GenericArgument, LitStr, PathArguments, Token, Type,
    parenthesized,
};

use crate::doc;
use crate::mistakes::Mistakes;
use crate::named_fields::named_fields;

/// Returns the code of the extractor that reads the struct, or compile errors.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let Some(fields) = named_fields(&input, "Form", "a form cannot be generic", &mut mistakes)
    else {
        return mistakes.into_tokens();
    };
    let (files, texts): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| is_file(&field.ty));
    let file_fields: Vec<TokenStream> = files
        .iter()
        .map(|field| file_field(field, &mut mistakes))
        .collect();
    for field in &texts {
        if field
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("form"))
        {
            mistakes.add(
                &field.ty,
                "`#[form(…)]` is for files: the type must be `File<LIMIT>` or `FileStream<LIMIT>`",
            );
        }
    }
    if !mistakes.is_empty() {
        return mistakes.into_tokens();
    }
    implement(&input, &texts, &files, &file_fields)
}

fn implement(
    input: &DeriveInput,
    texts: &[&Field],
    files: &[&Field],
    file_fields: &[TokenStream],
) -> TokenStream {
    let (name, vis) = (&input.ident, &input.vis);
    let is_kept = |attribute: &&Attribute| {
        let kept = ["doc", "serde", "validate", "schemars"];
        kept.iter().any(|name| attribute.path().is_ident(name))
    };
    let of_struct = input.attrs.iter().filter(is_kept);
    let has_rules = texts.iter().any(|field| {
        let mut attributes = field.attrs.iter();
        attributes.any(|attribute| attribute.path().is_ident("validate"))
    });
    let (derive_rules, check) = match has_rules {
        true => (
            quote!(#[derive(::validator::Validate)]),
            quote!(::validator::Validate::validate(fields)),
        ),
        false => (
            TokenStream::new(),
            quote!({
                let _ = fields;
                ::core::result::Result::Ok(())
            }),
        ),
    };
    let fields = texts.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        let attributes = field.attrs.iter().filter(is_kept);
        quote_spanned!(ty.span()=> #(#attributes)* #name: #ty,)
    });
    let text_names = texts.iter().map(|field| &field.ident);
    let takes = files.iter().enumerate().map(|(number, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        quote!(#name: <#ty as ::whippet::extract::FormFile>::take(&mut files, #number)?,)
    });
    quote! {
        const _: () = {
            #[derive(::serde::Deserialize, ::schemars::JsonSchema)]
            #derive_rules
            #(#of_struct)*
            #vis struct Fields {
                #(#fields)*
            }

            impl ::whippet::extract::FormData for #name {
                type Fields = Fields;

                const FILES: &'static [::whippet::extract::FileField] = &[#(#file_fields),*];

                fn check(fields: &Fields) -> ::core::result::Result<(), ::validator::ValidationErrors> {
                    #check
                }

                fn build(fields: Fields, mut files: ::whippet::extract::Received) -> ::core::option::Option<Self> {
                    let _ = (&fields, &mut files);
                    ::core::option::Option::Some(Self {
                        #(#text_names: fields.#text_names,)*
                        #(#takes)*
                    })
                }
            }

            impl ::whippet::axum::extract::FromRequest<::whippet::Context> for #name {
                type Rejection = ::whippet::Problem;

                async fn from_request(
                    request: ::whippet::axum::extract::Request,
                    context: &::whippet::Context,
                ) -> ::core::result::Result<Self, ::whippet::Problem> {
                    ::whippet::extract::read_form(request, context).await
                }
            }

            impl ::whippet::extract::Argument for #name {
                const READS: ::whippet::routing::Reads = ::whippet::routing::Reads::Headers(&["content-type"]);

                fn describe(operation: &mut ::whippet::openapi::OperationBuilder<'_>) {
                    ::whippet::extract::describe_form::<Self>(operation);
                }

                fn check(app: &::whippet::extract::ArgumentCheck<'_>) -> ::core::result::Result<(), ::std::string::String> {
                    ::whippet::extract::check_form::<Self>(app)
                }
            }
        };
    }
}

/// Returns an expression that creates the `FileField` for a field.
fn file_field(field: &Field, mistakes: &mut Mistakes) -> TokenStream {
    let ty = &field.ty;
    let name = field.ident.as_ref().map(ToString::to_string);
    let mut name = name.unwrap_or_default().trim_start_matches("r#").to_owned();
    let mut accept: Vec<LitStr> = Vec::new();
    let attributes = field.attrs.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("form")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("accept") {
                let content;
                parenthesized!(content in meta.input);
                let types = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                accept.extend(types);
            } else {
                return Err(meta.error("unknown setting: use `name` or `accept`"));
            }
            Ok(())
        });
        mistakes.take(read);
    }
    for media_type in &accept {
        let text = media_type.value();
        let is_valid = text.split_once('/').is_some_and(|(kind, rest)| {
            !kind.is_empty()
                && !kind.contains('*')
                && !rest.is_empty()
                && !text.contains([';', ',', ' '])
        });
        if !is_valid {
            mistakes.add(
                media_type,
                "a media type must be written like \"image/png\" or \"image/*\", without parameters",
            );
        }
    }
    let doc = doc::text(&field.attrs);
    quote_spanned! {ty.span()=>
        ::whippet::extract::FileField {
            name: #name,
            doc: #doc,
            limit: <#ty as ::whippet::extract::FormFile>::LIMIT,
            accept: &[#(#accept),*],
            is_required: <#ty as ::whippet::extract::FormFile>::IS_REQUIRED,
            is_list: <#ty as ::whippet::extract::FormFile>::IS_LIST,
            is_stream: <#ty as ::whippet::extract::FormFile>::IS_STREAM,
        }
    }
}

/// Returns whether the type is `File`, `FileStream`, or an `Option` or `Vec` of one of them.
fn is_file(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    match &*last.ident.to_string() {
        "File" | "FileStream" => true,
        "Option" | "Vec" => match &last.arguments {
            PathArguments::AngleBracketed(arguments) => {
                matches!(arguments.args.first(), Some(GenericArgument::Type(inner)) if is_file(inner))
            }
            _ => false,
        },
        _ => false,
    }
}
