//! Finds the parents of a record, which are the records in `parent = Type`.

use syn::{Error, Type};
use whippet_sql::{Column, Reference, Table};

use super::columns::is_json;
use super::input::{Input, same};
use crate::mistakes::Mistakes;

/// A parent of a record: the type of the parent, and the foreign key that refers to it.
pub(super) struct Parent<'a> {
    pub(super) ty: &'a Type,
    pub(super) reference: &'a Reference,
}

/// Returns each parent, and the index of the field that has the setting `parent` for this parent.
pub(super) fn find<'a>(
    input: &'a Input,
    table: &'a Table,
    columns: &[Column],
    mistakes: &mut Mistakes,
) -> Vec<(usize, Parent<'a>)> {
    let mut parents = Vec::new();
    for (index, field) in input.fields.iter().enumerate() {
        for ty in &field.settings.parents {
            let span = syn::spanned::Spanned::span(ty);
            let described = format!(
                "the column `{}` of the table `{}`",
                field.column,
                input.table.value()
            );
            let mut references = table.references.iter();
            match references.find(|reference| same(&reference.column, &field.column)) {
                None => {
                    let message = format!(
                        "{described} has no foreign key, or its foreign key has several columns: remove `parent`"
                    );
                    mistakes.push(Error::new(span, message));
                }
                Some(_) if !is_json(columns[index].kind) => {
                    let message = format!(
                        "{described} has a `parent`, so it must be text or an integer: the query binds a list of its values"
                    );
                    mistakes.push(Error::new(span, message));
                }
                Some(reference) => parents.push((index, Parent { ty, reference })),
            }
        }
    }
    parents
}
