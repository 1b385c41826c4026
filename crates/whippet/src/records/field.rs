//! The bounds that `#[derive(Record)]` writes, one for each field, and the functions of JSON columns.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::checked::{FromColumn, Row, ToParameter, from_json, to_json};
use crate::{DbError, Value};

/// A type that holds the values of a column of a table.
#[diagnostic::on_unimplemented(
    message = "the column `{Column}` of the table `{Table}` is of the type `{C}`, which does not fit into a field of the type `{Self}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a column of the type `Nullable` can be null: its field is an `Option`",
    note = "`#[derive(whippet::Column)]` lets a type of your own hold what its field holds, and `#[record(json)]` stores any type as JSON text"
)]
pub trait FitsField<Table, Column, C>: Sized {
    /// Converts the value of the column.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the type has no such value.
    fn read(value: Value) -> Result<Self, DbError>;

    /// Converts the value for the column.
    ///
    /// # Errors
    ///
    /// Returns an error if the database has no such value.
    fn write(&self) -> Result<Value, DbError>;
}

#[diagnostic::do_not_recommend]
impl<Table, Column, C, T: FromColumn<C> + ToParameter<C>> FitsField<Table, Column, C> for T {
    fn read(value: Value) -> Result<Self, DbError> {
        T::from_column(value)
    }

    fn write(&self) -> Result<Value, DbError> {
        self.to_parameter()
    }
}

impl Row<'_> {
    /// Reads a field of a record.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the value does not fit into the field.
    #[doc(hidden)]
    pub fn field<Table, Column, C, T: FitsField<Table, Column, C>>(
        &mut self,
        index: usize,
    ) -> Result<T, DbError> {
        self.convert(index, T::read)
    }

    /// Reads a field of a record that is JSON text.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the value does not fit into the field.
    #[doc(hidden)]
    pub fn json<T>(
        &mut self,
        index: usize,
        read: fn(Value) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.convert(index, read)
    }
}

/// Reads the JSON text of a column.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value is not the JSON text of a `T`.
#[doc(hidden)]
pub fn read_json<T: DeserializeOwned>(value: Value) -> Result<T, DbError> {
    from_json(value)
}

/// Reads the JSON text of a column that can be null.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value is not the JSON text of a `T`.
#[doc(hidden)]
pub fn read_optional_json<T: DeserializeOwned>(value: Value) -> Result<Option<T>, DbError> {
    match value {
        Value::Null => Ok(None),
        value => from_json(value).map(Some),
    }
}

/// Writes a value as JSON text.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value cannot be written as JSON.
#[doc(hidden)]
pub fn write_json<T: Serialize>(value: &T) -> Result<Value, DbError> {
    to_json(value)
}

/// Writes a value as JSON text, and `None` as null.
///
/// # Errors
///
/// Returns [`DbError::Decode`] if the value cannot be written as JSON.
#[doc(hidden)]
pub fn write_optional_json<T: Serialize>(value: &Option<T>) -> Result<Value, DbError> {
    value.as_ref().map_or(Ok(Value::Null), to_json)
}
