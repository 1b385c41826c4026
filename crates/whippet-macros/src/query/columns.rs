//! Generates the code that reads the columns of a query.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Path, PathArguments, Type};
use whippet_sql::{Column, Kind};

use super::input::Input;

/// Returns the code of a query that reads each row into a struct that the macro declares.
pub(crate) fn record(
    input: &Input,
    columns: &[Column],
    krate: &Path,
    query: &TokenStream,
) -> syn::Result<TokenStream> {
    let fields = fields(input, columns)?;
    let types = columns
        .iter()
        .map(|column| rust_type(input, column, krate))
        .collect::<syn::Result<Vec<_>>>()?;
    let read = fields
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(index, (field, column))| {
            let read = read(input, column, krate, index, None);
            quote!(#field: #read)
        });
    let body = quote!(Record { #(#read),* });
    let query = typed_query(columns, krate, query, &body, &quote!(Record));
    Ok(quote! {
        #[derive(Debug, Clone)]
        #[allow(dead_code)]
        struct Record {
            #(#fields: #types),*
        }
        #query
    })
}

/// Returns the code of a query that reads each row into a struct or a tuple that the caller names.
pub(crate) fn typed(
    input: &Input,
    columns: &[Column],
    krate: &Path,
    query: &TokenStream,
) -> syn::Result<TokenStream> {
    let Some(row) = &input.rust_type else {
        return Err(Error::new(
            input.span(),
            "`query_as!` needs the type of the rows",
        ));
    };
    let overrides = columns.iter().map(|column| match column.rust_type {
        Some(_) => rust_type(input, column, krate).map(Some),
        None => Ok(None),
    });
    let overrides = overrides.collect::<syn::Result<Vec<_>>>()?;
    let mut values = Vec::new();
    for (index, (column, own)) in columns.iter().zip(&overrides).enumerate() {
        values.push(read(input, column, krate, index, own.as_ref()));
    }
    let body = match row {
        Type::Tuple(_) => quote!((#(#values,)*)),
        Type::Path(path) if path.qself.is_none() => {
            let fields = fields(input, columns)?;
            let path = in_expression(&path.path);
            quote!(#path { #(#fields: #values),* })
        }
        other => {
            return Err(Error::new_spanned(
                other,
                "the type of the rows must be a struct or a tuple",
            ));
        }
    };
    Ok(typed_query(columns, krate, query, &body, &quote!(#row)))
}

/// Returns the code of a query that reads the values of one column.
pub(crate) fn scalar(
    input: &Input,
    column: &Column,
    krate: &Path,
    query: &TokenStream,
) -> syn::Result<TokenStream> {
    let rust_type = match &input.rust_type {
        Some(rust_type) => quote!(#rust_type),
        None => rust_type(input, column, krate)?,
    };
    let body = read(input, column, krate, 0, Some(&rust_type));
    Ok(typed_query(
        std::slice::from_ref(column),
        krate,
        query,
        &body,
        &rust_type,
    ))
}

fn typed_query(
    columns: &[Column],
    krate: &Path,
    query: &TokenStream,
    body: &TokenStream,
    row: &TokenStream,
) -> TokenStream {
    let names = columns.iter().map(|column| &column.name);
    let markers = columns
        .iter()
        .map(|column| marker(column, Span::mixed_site()));
    let variable = row_variable(Span::mixed_site());
    quote! {
        #[allow(non_camel_case_types, dead_code)]
        mod columns {
            #(pub(super) enum #markers {})*
        }
        #krate::sql::TypedQuery::<#row>::new(#query, &[#(#names),*], |#variable| {
            ::core::result::Result::Ok(#body)
        })
    }
}

/// Returns an expression that reads a column as `rust_type`. If `rust_type` is `None`, the compiler infers the type
/// from the field of the caller's struct or tuple.
fn read(
    input: &Input,
    column: &Column,
    krate: &Path,
    index: usize,
    rust_type: Option<&TokenStream>,
) -> TokenStream {
    let name = marker(column, input.span());
    let kind = marker_type(krate, column.kind, column.nullable, input.span());
    let inferred = quote_spanned!(input.span()=> _);
    let rust_type = rust_type.unwrap_or(&inferred);
    let row = row_variable(input.span());
    quote_spanned!(input.span()=> #row.read::<columns::#name, #kind, #rust_type>(#index)?)
}

fn row_variable(span: Span) -> Ident {
    Ident::new("row", super::arguments::hygienic(span))
}

/// Returns the Rust type of a column's field in the struct that the macro declares.
fn rust_type(input: &Input, column: &Column, krate: &Path) -> syn::Result<TokenStream> {
    let rust_type = match &column.rust_type {
        Some(text) => {
            let parsed: Type = syn::parse_str(text).map_err(|_| {
                Error::new(
                    input.span(),
                    format!(
                        "`{text}` is not a valid type, in the name of the column `{}`",
                        column.name
                    ),
                )
            })?;
            quote!(#parsed)
        }
        None => match column.kind {
            Kind::Boolean => quote!(bool),
            Kind::Integer => quote!(i64),
            Kind::Real | Kind::Number => quote!(f64),
            Kind::Text => quote!(::std::string::String),
            Kind::Blob => quote!(::std::vec::Vec<u8>),
            Kind::Any => quote!(#krate::Value),
        },
    };
    Ok(if column.nullable {
        quote!(::core::option::Option<#rust_type>)
    } else {
        rust_type
    })
}

/// Converts the names of the columns to field names.
fn fields(input: &Input, columns: &[Column]) -> syn::Result<Vec<Ident>> {
    let fields = columns.iter().map(|column| {
        if syn::parse_str::<Ident>(&column.field).is_ok() || is_keyword(&column.field) {
            Ok(field(&column.field, input.span()))
        } else {
            let message = format!(
                "the name of the column `{}` is not a valid field name: add `as name`",
                column.field
            );
            Err(Error::new(input.span(), message))
        }
    });
    fields.collect()
}

/// Converts a name to an identifier. A keyword becomes a raw identifier, such as `r#type`.
pub(crate) fn field(name: &str, span: Span) -> Ident {
    if is_keyword(name) {
        Ident::new_raw(name, span)
    } else {
        Ident::new(name, span)
    }
}

fn is_keyword(name: &str) -> bool {
    let is_word = name.chars().all(|char| char.is_ascii_lowercase()) && !name.is_empty();
    is_word && syn::parse_str::<Ident>(name).is_err() && !matches!(name, "self" | "super" | "crate")
}

/// Returns the name of a type. The type has the same name as the column, so that compile errors contain this name.
fn marker(column: &Column, span: Span) -> Ident {
    let is_name = syn::parse_str::<Ident>(&column.field).is_ok() || is_keyword(&column.field);
    let name = if is_name {
        column.field.as_str()
    } else {
        "column"
    };
    field(name, span)
}

/// Returns the type that represents the SQL type of a column or parameter, such as `Nullable<Text>`.
pub(crate) fn marker_type(krate: &Path, kind: Kind, nullable: bool, span: Span) -> TokenStream {
    let kind = Ident::new(&format!("{kind:?}"), span);
    let kind = quote_spanned!(span=> #krate::sql::#kind);
    if nullable {
        quote_spanned!(span=> #krate::sql::Nullable<#kind>)
    } else {
        kind
    }
}

/// Returns the path in the form that expressions need, with `::` before generic arguments: `Vec::<u8>` for `Vec<u8>`.
fn in_expression(path: &Path) -> Path {
    let mut path = path.clone();
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            arguments.colon2_token = Some(syn::token::PathSep::default());
        }
    }
    path
}
