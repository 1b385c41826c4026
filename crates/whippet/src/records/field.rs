//! Code for the fields of a record: the trait that each field must implement, and the functions that convert values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::checked::{FromColumn, Row, ToParameter, from_json, to_json};
use crate::{DbError, Value};

/// A type of field that can hold the values of a column.
#[diagnostic::on_unimplemented(
    message = "the column `{Column}` of the table `{Table}` is of the type `{C}`, which does not fit into a field of the type `{Self}`",
    label = "the column `{Column}` is of the type `{C}`",
    note = "a column of the type `Nullable` can be null: its field must be an `Option`",
    note = "for a type of your own, add `#[derive(whippet::Column)]` to the type; `#[record(json)]` stores any type as JSON text"
)]
pub trait FitsField<Table, Column, C>: Sized {
    /// Converts a value from the column into the field's type.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the type cannot hold the value.
    fn read(value: Value) -> Result<Self, DbError>;

    /// Converts the field into a value for the column.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot store the value.
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

/// The functions that convert a value of a column into a field (`read`), and a field into a value (`write`).
#[doc(hidden)]
#[derive(Debug)]
pub struct Conversion<T> {
    pub read: fn(Value) -> Result<T, DbError>,
    pub write: fn(&T) -> Result<Value, DbError>,
}

/// Returns the functions for a field without the setting `json`.
#[doc(hidden)]
#[must_use]
pub const fn column<Table, Column, C, T: FitsField<Table, Column, C>>() -> Conversion<T> {
    Conversion {
        read: T::read,
        write: T::write,
    }
}

/// Returns the functions for a field with the setting `json`, if the column cannot be null.
#[doc(hidden)]
#[must_use]
pub const fn json<T: DeserializeOwned + Serialize>() -> Conversion<T> {
    Conversion {
        read: from_json,
        write: to_json,
    }
}

/// Returns the functions for a field with the setting `json`, if the column can be null. Null and the JSON text `null`
/// both become `None`.
#[doc(hidden)]
#[must_use]
pub const fn optional_json<T: DeserializeOwned + Serialize>() -> Conversion<Option<T>> {
    Conversion {
        read: |value| match value {
            Value::Null => Ok(None),
            value => from_json(value),
        },
        write: |value| value.as_ref().map_or(Ok(Value::Null), to_json),
    }
}

impl Row<'_> {
    /// Reads a field of a record.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the value does not fit into the field.
    #[doc(hidden)]
    pub fn field<T>(&mut self, index: usize, conversion: &Conversion<T>) -> Result<T, DbError> {
        self.convert(index, conversion.read)
    }
}
