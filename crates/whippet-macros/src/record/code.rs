//! Generates the code of a record.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, Type};
use whippet_sql::{Column, Folder};

use super::columns::has_pages;
use super::input::{Field, Input};
use super::parents::Parent;
use super::plan::Plan;
use super::sql::Sql;
use crate::query::{columns, folder};
use crate::settings::argument_of;

/// Puts the code of a derive macro into a constant. In the constant, another item makes cargo compile the code again
/// when a migration changes.
pub(super) fn in_constant(tokens: &TokenStream, folder: &Folder) -> TokenStream {
    let tracked = folder::tracked(folder);
    quote! {
        const _: () = {
            #tracked
            #tokens
        };
    }
}

/// Declares a type for the table and one for each column, with the same names, so that compile errors contain these
/// names.
pub(super) fn markers(input: &Input) -> TokenStream {
    let table = marker(&input.table.value());
    let mut columns: Vec<_> = input
        .fields
        .iter()
        .map(|field| marker(&field.column))
        .collect();
    columns.sort();
    columns.dedup();
    quote! {
        #[allow(non_camel_case_types, dead_code)]
        mod __table {
            pub(super) enum #table {}
        }
        #[allow(non_camel_case_types, dead_code)]
        mod __column {
            #(pub(super) enum #columns {})*
        }
    }
}

fn marker(name: &str) -> Ident {
    let name: String = name
        .chars()
        .map(|char| if char.is_alphanumeric() { char } else { '_' })
        .collect();
    match syn::parse_str::<Ident>(&name) {
        Ok(ident) => ident,
        Err(_) if name.starts_with(|char: char| char.is_ascii_digit()) => format_ident!("_{name}"),
        Err(_) => columns::field(&name, Span::mixed_site()),
    }
}

/// Returns the generic arguments with which the type of a field is checked: the table, the column, and the column's
/// type.
pub(super) fn bound(input: &Input, field: &Field, column: &Column) -> TokenStream {
    let span = field.type_span();
    let mut table = marker(&input.table.value());
    table.set_span(span);
    let mut name = marker(&field.column);
    name.set_span(span);
    let kind = columns::marker_type(&input.krate, column.kind, column.nullable, span);
    quote_spanned!(span=> __table::#table, __column::#name, #kind)
}

/// Returns the implementations of `Record`, `Versioned`, `Paged` and `ChildOf`.
pub(super) fn implementation(
    input: &Input,
    plan: &Plan,
    sql: &Sql,
    found: &[Column],
    parents: &[(usize, Parent<'_>)],
) -> TokenStream {
    let (krate, ident, table) = (&input.krate, &input.ident, &input.table);
    let markers = markers(input);
    let names = found.iter().map(|column| &column.name);
    let (conversions, definitions): (Vec<_>, Vec<_>) = input
        .fields
        .iter()
        .zip(found)
        .enumerate()
        .map(|(index, (field, column))| conversion(input, index, field, column))
        .unzip();
    let idents: Vec<_> = input.fields.iter().map(|field| &field.ident).collect();
    let numbers = indexes(&(0..input.fields.len()).collect::<Vec<_>>());
    let id_type = id_type(input, plan);
    let id = id_values(input, plan, &conversions);
    let Sql {
        table: name,
        select,
        by_key,
        returning,
        insert,
        upsert,
        update,
        nothing,
        ..
    } = sql;
    let page = sql.names(&plan.page);
    let [key, inserted, upserted, updated, sorted] = [
        &plan.key,
        &plan.inserted,
        &plan.upserted,
        &plan.updated,
        &plan.page,
    ]
    .map(|fields| indexes(fields));
    let key_columns = plan.key.iter().map(|index| &input.fields[*index].column);
    let version = match plan.version {
        Some(index) => {
            let column = &sql.columns[index];
            quote!(::core::option::Option::Some(#column))
        }
        None => quote!(::core::option::Option::None),
    };
    let version_index = plan.version.map(Literal::usize_unsuffixed);
    let versioned = version_index.as_ref().map(|index| {
        (
            quote!(const VERSION: ::core::option::Option<u8> = ::core::option::Option::Some(#index);),
            quote!(impl #krate::records::Versioned for #ident {}),
        )
    });
    let (version_index, versioned) = versioned.unzip();
    let paged = has_pages(plan, found).then(|| quote!(impl #krate::records::Paged for #ident {}));
    let children = parents
        .iter()
        .map(|(index, parent)| child_of(input, sql, *index, parent));
    quote! {
        #markers
        #(#definitions)*
        impl #krate::Record for #ident {
            type Id<'id> = #id_type;
            const TABLE: &'static #krate::records::Table = &#krate::records::Table {
                name: #table,
                sql: #name,
                key: &[#(#key_columns),*],
                by_key: #by_key,
                returning: #returning,
                nothing: #nothing,
                version: #version,
            };
            const COLUMNS: &'static [&'static str] = &[#(#names),*];
            const SELECT: &'static str = #select;
            const INSERT: (&'static str, &'static [u8]) = (#insert, &[#(#inserted),*]);
            const UPSERT: (&'static str, &'static [u8]) = (#upsert, &[#(#upserted),*]);
            const UPDATE: (&'static str, &'static [u8]) = (#update, &[#(#updated),*]);
            const KEY: &'static [u8] = &[#(#key),*];
            const PAGE: (&'static [&'static str], &'static [u8]) = (&[#(#page),*], &[#(#sorted),*]);
            #version_index

            fn from_row(row: &mut #krate::sql::Row<'_>) -> ::core::result::Result<Self, #krate::DbError> {
                ::core::result::Result::Ok(#ident { #(#idents: row.field(#numbers, &#conversions)?),* })
            }

            fn value_of(&self, column: u8) -> ::core::result::Result<#krate::Value, #krate::DbError> {
                match column {
                    #(#numbers => (#conversions.write)(&self.#idents),)*
                    _ => ::core::result::Result::Ok(#krate::Value::Null),
                }
            }

            fn id_values(id: Self::Id<'_>) -> ::std::vec::Vec<::core::result::Result<#krate::Value, #krate::DbError>> {
                #id
            }
        }
        #versioned
        #paged
        #(#children)*
    }
}

fn indexes(fields: &[usize]) -> Vec<Literal> {
    fields
        .iter()
        .map(|index| Literal::usize_unsuffixed(*index))
        .collect()
}

/// Returns the name and the definition of a constant. The constant contains the functions that read and write a field.
fn conversion(input: &Input, index: usize, field: &Field, column: &Column) -> (Ident, TokenStream) {
    let (krate, ty, span) = (&input.krate, &field.ty, field.type_span());
    let name = format_ident!("FIELD_{index}", span = span.resolved_at(Span::call_site()));
    let is_json = field.settings.json.is_some();
    let conversion = match argument_of("Option", ty).filter(|_| column.nullable) {
        Some(inner) if is_json => quote_spanned!(span=> optional_json::<#inner>()),
        _ if is_json => quote_spanned!(span=> json::<#ty>()),
        _ => {
            let bound = bound(input, field, column);
            quote_spanned!(span=> column::<#bound, #ty>())
        }
    };
    let definition = quote_spanned! {span=>
        const #name: #krate::records::Conversion<#ty> = #krate::records::#conversion;
    };
    (name, definition)
}

/// Returns the type of a key argument: a value, a reference, or a tuple for a key of several fields.
fn id_type(input: &Input, plan: &Plan) -> TokenStream {
    let types = plan
        .key
        .iter()
        .map(|index| borrowed(&input.fields[*index].ty));
    match plan.key.as_slice() {
        [_] => quote!(#(#types)*),
        _ => quote!((#(#types),*)),
    }
}

fn borrowed(ty: &Type) -> TokenStream {
    match KeyType::of(ty) {
        KeyType::Text => quote!(&'id str),
        KeyType::Number => quote!(#ty),
        KeyType::Other => quote!(&'id #ty),
    }
}

/// How a field of the key is passed to a method: as `&str`, by value, or by reference.
enum KeyType {
    Text,
    Number,
    Other,
}

impl KeyType {
    fn of(ty: &Type) -> Self {
        let name = match ty {
            Type::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        match name.as_deref() {
            Some("String") => Self::Text,
            Some(
                "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "bool",
            ) => Self::Number,
            _ => Self::Other,
        }
    }
}

fn id_values(input: &Input, plan: &Plan, conversions: &[Ident]) -> TokenStream {
    let names: Vec<_> = (0..plan.key.len())
        .map(|number| format_ident!("id_{number}"))
        .collect();
    let krate: &Path = &input.krate;
    let values = plan.key.iter().zip(&names).map(|(index, name)| {
        let conversion = &conversions[*index];
        match KeyType::of(&input.fields[*index].ty) {
            KeyType::Text => quote!(::core::result::Result::Ok(#krate::Value::from(#name))),
            KeyType::Number => quote!((#conversion.write)(&#name)),
            KeyType::Other => quote!((#conversion.write)(#name)),
        }
    });
    let pattern = match names.as_slice() {
        [name] => quote!(#name),
        _ => quote!((#(#names),*)),
    };
    quote! {
        let #pattern = id;
        ::std::vec![#(#values),*]
    }
}

fn child_of(input: &Input, sql: &Sql, index: usize, parent: &Parent<'_>) -> TokenStream {
    let (krate, ident, ty) = (&input.krate, &input.ident, parent.ty);
    let (column, table) = (&sql.columns[index], &parent.reference.table);
    let field = &input.fields[index].column;
    let target = match &parent.reference.target {
        Some(target) => quote!(::core::option::Option::Some(#target)),
        None => quote!(::core::option::Option::None),
    };
    let message = format!(
        "the column `{field}` of the table `{}` refers to the table `{table}`: `parent` must be a record of this table, and the column must refer to the key of the record",
        input.table.value()
    );
    let index = Literal::usize_unsuffixed(index);
    let check = quote_spanned! {syn::spanned::Spanned::span(ty)=>
        const _: () = ::core::assert!(#krate::records::has_key(<#ty as #krate::Record>::TABLE, #table, #target), #message);
    };
    quote! {
        #check
        impl #krate::records::ChildOf<#ty> for #ident {
            const PARENT: (&'static str, u8) = (#column, #index);
        }
    }
}
