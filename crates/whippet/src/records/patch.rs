//! Partial updates.

use std::fmt::Write;

use serde::Serialize;

use super::table::Table;
use crate::db::checked::{Nullable, ToParameter, Values, to_json};
use crate::{Change, DbError, Patch, Value};

/// A struct that contains new values for some columns of a table. [`Record::patch`](crate::Record::patch) writes these
/// values. `#[derive(RecordPatch)]` implements the trait.
///
/// Each field is a [`Change`], or a [`Patch`] if the column can be null. Both can be read from JSON, so the struct can
/// also be the body of a request. The struct has the settings `table`, `migrations` and `crate`, and a field has the
/// settings `json` and `column`. They mean the same as for a [`Record`](crate::Record).
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

/// A type of field that can contain the new value of a column.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot set the column `{Column}` of the table `{Table}`, which is of the type `{C}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a field of a patch is a `Change<T>`, or a `Patch<T>` if the column is `Nullable`"
)]
pub trait FitsPatch<Table, Column, C> {
    /// Converts the new value into a value for the column. Returns `None` if the patch does not change the column.
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

/// A type of field that can contain the new value of a column with JSON text.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` cannot set the column `{Column}` of the table `{Table}`, which is of the type `{C}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a field of a patch is a `Change<T>`, or a `Patch<T>` if the column is `Nullable`, and `T` implements `serde::Serialize`"
)]
pub trait FitsJsonPatch<Table, Column, C> {
    /// Converts the new value into a value for the column. Returns `None` if the patch does not change the column.
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

/// Returns the SQL `update … set …`, which sets only the columns that the patch changes. `values` contains the key, and
/// this function appends the new values.
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
