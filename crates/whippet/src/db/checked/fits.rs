//! The trait bounds in the code that the query macros generate: one bound for each column and each parameter. If a
//! bound is not satisfied, the compile error names the column or parameter.

use super::column::FromColumn;
use super::parameter::ToParameter;
use crate::{DbError, Value};

/// A type into which the column `Name` can be read.
#[diagnostic::on_unimplemented(
    message = "the column `{Name}` is of the type `{C}`, which does not fit into `{Self}`",
    label = "this query returns the column `{Name}` of the type `{C}`",
    note = "a column of the type `Nullable` can be null: read it into an `Option`, exclude null in the SQL, or select it as \"{Name}!\"",
    note = "to read the column into a type of your own, add `#[derive(whippet::Column)]` to the type"
)]
pub trait FitsColumn<Name, C>: Sized {
    /// Converts the value of the column.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the type cannot represent the value.
    fn read(value: Value) -> Result<Self, DbError>;
}

#[diagnostic::do_not_recommend]
impl<Name, C, T: FromColumn<C>> FitsColumn<Name, C> for T {
    fn read(value: Value) -> Result<Self, DbError> {
        T::from_column(value)
    }
}

/// A type that the parameter `Name` accepts.
#[diagnostic::on_unimplemented(
    message = "the parameter `{Name}` is of the type `{P}`, which does not accept `{Self}`",
    label = "this query has the parameter `{Name}` of the type `{P}`",
    note = "a parameter accepts an `Option` only if its type is `Nullable`: `x = null` is never true, so write `x is :x`, or put the condition in braces, `{{and x = :x}}`",
    note = "`#[derive(whippet::Column)]` lets a parameter accept a type of your own"
)]
pub trait FitsParameter<Name, P> {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot store the value.
    fn write(&self) -> Result<Value, DbError>;
}

#[diagnostic::do_not_recommend]
impl<Name, P, T: ToParameter<P> + ?Sized> FitsParameter<Name, P> for T {
    fn write(&self) -> Result<Value, DbError> {
        self.to_parameter()
    }
}

/// An `Option` of a type that the parameter `Name` accepts. If the value is `None`, the SQL does not contain the
/// optional pieces that name the parameter.
#[diagnostic::on_unimplemented(
    message = "the parameter `{Name}` is of the type `Option<{P}>`, which does not accept `{Self}`",
    label = "this query has the parameter `{Name}`",
    note = "the value must be an `Option`, `Change` or `Patch`: without a value, the pieces in braces that name the parameter are left out"
)]
pub trait FitsOptional<Name, P> {
    /// Converts the value. Returns `None` if there is no value.
    fn write_optional(&self) -> Option<Result<Value, DbError>>;
}

#[diagnostic::do_not_recommend]
impl<Name, P, T: ToParameter<P>> FitsOptional<Name, P> for Option<T> {
    fn write_optional(&self) -> Option<Result<Value, DbError>> {
        self.as_ref().map(T::to_parameter)
    }
}
