//! `#[derive(RecordPatch)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Error;
use whippet_sql::Checker;

use super::input::{Input, same};
use super::{code, columns};
use crate::mistakes::Mistakes;

/// Returns the implementation of `RecordPatch`.
pub(super) fn implementation(
    input: &Input,
    checker: &Checker,
    mistakes: &mut Mistakes,
) -> Option<TokenStream> {
    let failed = |message: String| Error::new(input.table.span(), message);
    let table = mistakes.take(checker.table(&input.table.value()).map_err(failed))?;
    for (index, field) in input.fields.iter().enumerate() {
        input.check_once(index, mistakes);
        let Some(column) = input.column(field, &table, mistakes) else {
            continue;
        };
        if column.generated {
            let message = format!(
                "the column `{}` of the table `{}` is generated, so a patch cannot change it: remove the field",
                field.column,
                input.table.value()
            );
            mistakes.add(&field.ident, message);
        }
        if table.key.iter().any(|key| same(key, &field.column)) {
            let message = format!(
                "the column `{}` is part of the primary key of the table `{}`, so a patch cannot change it: remove the field",
                field.column,
                input.table.value()
            );
            mistakes.add(&field.ident, message);
        }
        let settings = &field.settings;
        for span in [
            settings.key,
            settings.default,
            settings.generated,
            settings.version,
        ]
        .into_iter()
        .flatten()
        {
            mistakes.push(Error::new(
                span,
                "unknown setting for a field of a patch: use `json` or `column = \"…\"`",
            ));
        }
        for parent in &settings.parents {
            mistakes.add(
                parent,
                "a field of a patch cannot have a parent: remove `parent`",
            );
        }
    }
    if input.fields.is_empty() {
        mistakes.add(&input.ident, "a patch must have at least one field");
    }
    if !mistakes.is_empty() {
        return None;
    }
    let names = input
        .fields
        .iter()
        .map(|field| checker.quoted(&field.column));
    let names = mistakes.take(names.collect::<Result<Vec<_>, _>>().map_err(failed))?;
    let name = mistakes.take(checker.quoted(&input.table.value()).map_err(failed))?;
    let assignments: Vec<_> = names
        .iter()
        .zip(1..)
        .map(|(name, number)| format!("{name} = ?{number}"))
        .collect();
    let update = format!("update {name} set {}", assignments.join(", "));
    mistakes.take(checker.check(&update).map_err(failed))?;
    let select = format!("select {} from {name}", names.join(", "));
    let found = mistakes
        .take(checker.check(&select).map_err(failed))?
        .columns;
    let krate = &input.krate;
    let mut values = Vec::new();
    for ((field, column), name) in input.fields.iter().zip(&found).zip(&names) {
        let (ident, span) = (&field.ident, field.type_span());
        let bound = code::bound(input, field, column);
        let write = match field.settings.json {
            Some(_) => {
                columns::check_json(input, field, column, mistakes);
                quote_spanned!(span=> #krate::records::FitsJsonPatch::<#bound>::change(&self.#ident))
            }
            None => {
                quote_spanned!(span=> #krate::records::FitsPatch::<#bound>::change(&self.#ident))
            }
        };
        values.push(quote!((#name, #write)));
    }
    let (ident, table, markers) = (&input.ident, &input.table, code::markers(input));
    Some(quote! {
        #markers
        impl #krate::RecordPatch for #ident {
            const TABLE: &'static str = #table;

            fn changes(&self) -> ::std::vec::Vec<(&'static str, ::core::option::Option<::core::result::Result<#krate::Value, #krate::DbError>>)> {
                ::std::vec![#(#values),*]
            }
        }
    })
}
