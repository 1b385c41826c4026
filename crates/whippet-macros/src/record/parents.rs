//! The parents of a record: the records that its foreign keys refer to.

use syn::{Error, Type};
use whippet_sql::{Column, Reference, Table};

use super::columns::is_json;
use super::input::{Input, same};
use crate::mistakes::Mistakes;

/// A parent: its type, and the foreign key.
pub(super) struct Parent<'a> {
    pub(super) ty: &'a Type,
    pub(super) reference: &'a Reference,
}

/// Returns each parent, with the index of the field whose column refers to it.
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
                    let message = format!("{described} is not a foreign key of one column");
                    mistakes.push(Error::new(span, message));
                }
                Some(_) if !is_json(columns[index].kind) => {
                    let message = format!(
                        "{described} must be text or an integer, because a list of its values is bound as a parameter"
                    );
                    mistakes.push(Error::new(span, message));
                }
                Some(reference) => parents.push((index, Parent { ty, reference })),
            }
        }
    }
    parents
}
