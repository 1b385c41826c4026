//! Partial updates.

use std::fmt::Write;

use serde::Serialize;

use super::table::Table;
use crate::db::checked::{Nullable, ToParameter, Values, to_json};
use crate::{Change, DbError, Patch, Value};

/// A struct with new values for some columns of a table, for [`Record::patch`](crate::Record::patch).
/// `#[derive(RecordPatch)]` implements the trait.
///
/// Each field is a [`Change`], or, for a column that can be null, a [`Patch`]. So the struct can also be the body of a
/// request. Some settings of [`Record`](crate::Record) also apply here: `table`, `migrations` and `crate` for the
/// struct, and `json` and `column` for a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of a record",
    note = "add `#[derive(whippet::RecordPatch)]` and `#[record(table = \"…\")]`"
)]
pub trait RecordPatch {
    #[doc(hidden)]
    const TABLE: &'static str;

    #[doc(hidden)]
    fn changes(&self) -> Vec<(&'static str, Option<Result<Value, DbError>>)>;
}

/// A field of a patch, which contains the new value of a column.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot set the column `{Column}` of the table `{Table}`, which is of the type `{C}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a field of a patch is a `Change<T>`, or a `Patch<T>` if the column is `Nullable`"
)]
pub trait FitsPatch<Table, Column, C> {
    /// Converts the value for the column, or returns `None` if the field is absent.
    fn change(&self) -> Option<Result<Value, DbError>>;
}

#[diagnostic::do_not_recommend]
impl<Table, Column, C, T: ToParameter<C>> FitsPatch<Table, Column, C> for Change<T> {
    fn change(&self) -> Option<Result<Value, DbError>> {
        self.value().map(T::to_parameter)
    }
}

#[diagnostic::do_not_recommend]
impl<Table, Column, C, T: ToParameter<Nullable<C>>> FitsPatch<Table, Column, Nullable<C>>
    for Patch<T>
{
    fn change(&self) -> Option<Result<Value, DbError>> {
        present(self, |value| value.to_parameter())
    }
}

/// A field of a patch, which contains the new value of a column with JSON text.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot set the column `{Column}` of the table `{Table}`, which is of the type `{C}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a field of a patch is a `Change<T>`, or a `Patch<T>` if the column is `Nullable`, and `T` implements `serde::Serialize`"
)]
pub trait FitsJsonPatch<Table, Column, C> {
    /// Converts the value for the column, or returns `None` if the field is absent.
    fn change(&self) -> Option<Result<Value, DbError>>;
}

#[diagnostic::do_not_recommend]
impl<Table, Column, C, T: Serialize> FitsJsonPatch<Table, Column, C> for Change<T> {
    fn change(&self) -> Option<Result<Value, DbError>> {
        self.value().map(to_json)
    }
}

#[diagnostic::do_not_recommend]
impl<Table, Column, C, T: Serialize> FitsJsonPatch<Table, Column, Nullable<C>> for Patch<T> {
    fn change(&self) -> Option<Result<Value, DbError>> {
        present(self, |value| to_json(value))
    }
}

fn present<T>(
    patch: &Patch<T>,
    write: impl Fn(&T) -> Result<Value, DbError>,
) -> Option<Result<Value, DbError>> {
    match patch {
        Patch::Absent => None,
        Patch::Null => Some(Ok(Value::Null)),
        Patch::Set(value) => Some(write(value)),
    }
}

/// Returns `update … set …` for the changes that are present. Appends the values of these changes to `values`, which
/// contains the values of the key.
pub(super) fn patch_sql(
    table: &Table,
    changes: Vec<(&'static str, Option<Result<Value, DbError>>)>,
    values: &mut Values,
) -> String {
    let mut sql = format!("update {} set ", table.sql);
    let key = values.len();
    for (column, value) in changes {
        if let Some(value) = value {
            let comma = if values.len() > key { ", " } else { "" };
            values.push(value);
            // Writing to a `String` never fails.
            write!(sql, "{comma}{column} = ?{}", values.len()).ok();
        }
    }
    match table.version {
        _ if values.len() == key => sql.push_str(table.nothing),
        Some(version) => {
            write!(sql, ", {version} = {version} + 1").ok();
        }
        None => {}
    }
    sql
}
