//! Checks that the type of a column fits the role of its field.

use syn::Error;
use whippet_sql::{Column, Kind};

use super::input::{Field, Input};
use super::plan::Plan;
use crate::mistakes::Mistakes;
use crate::settings::argument_of;

/// Adds an error for each column whose type does not fit the role of its field. The roles are JSON, the version and the
/// sort key of pages.
pub(super) fn check(input: &Input, plan: &Plan, columns: &[Column], mistakes: &mut Mistakes) {
    for (field, column) in input.fields.iter().zip(columns) {
        if field.settings.json.is_some() {
            check_json(input, field, column, mistakes);
            if column.nullable && argument_of("Option", &field.ty).is_none() {
                let message = format!(
                    "the column `{}` of the table `{}` can be null: its field must be an `Option`",
                    field.column,
                    input.table.value()
                );
                mistakes.push(Error::new(field.type_span(), message));
            }
        }
    }
    let described = |index: usize| {
        let (field, column) = (&input.fields[index], &columns[index]);
        format!(
            "the column `{}` of the table `{}` is of the type `{}`",
            field.column,
            input.table.value(),
            kind(column)
        )
    };
    if let Some(index) = plan.version
        && (columns[index].kind != Kind::Integer || columns[index].nullable)
    {
        let message = format!(
            "{}, but a version must be an integer that is not null",
            described(index)
        );
        mistakes.push(Error::new(input.fields[index].type_span(), message));
    }
    for &index in plan.page.iter().filter(|_| !input.settings.page.is_empty()) {
        if !is_sortable(&columns[index]) {
            let message = format!(
                "{}, but pages can only be sorted by text or integers that are not null",
                described(index)
            );
            mistakes.push(Error::new(input.fields[index].ident.span(), message));
        }
    }
}

/// Returns whether the record has pages: whether every field in `plan.page` is sortable.
pub(super) fn has_pages(plan: &Plan, columns: &[Column]) -> bool {
    plan.page.iter().all(|index| is_sortable(&columns[*index]))
}

/// Returns whether a cursor can contain the values of the column, so that pages can be sorted by the column.
fn is_sortable(column: &Column) -> bool {
    is_json(column.kind) && !column.nullable
}

/// Returns whether JSON can contain values of this type, and SQLite reads the same values from the JSON.
pub(super) fn is_json(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Integer | Kind::Boolean)
}

/// Adds an error if the column cannot contain JSON text.
pub(super) fn check_json(input: &Input, field: &Field, column: &Column, mistakes: &mut Mistakes) {
    if !matches!(column.kind, Kind::Text | Kind::Any) {
        let message = format!(
            "the column `{}` of the table `{}` is of the type `{}`, but JSON is stored as text",
            field.column,
            input.table.value(),
            kind(column)
        );
        mistakes.push(Error::new(field.type_span(), message));
    }
}

/// Returns the name of the column's type, for messages.
fn kind(column: &Column) -> String {
    if column.nullable {
        format!("Nullable<{:?}>", column.kind)
    } else {
        format!("{:?}", column.kind)
    }
}
