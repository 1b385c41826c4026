//! Finds out how to pass a column to serde if serde buffers the value of the column.
//!
//! If a struct has `#[serde(flatten)]`, serde buffers the columns, and then reads the buffered values as the types of
//! the fields. A buffered value keeps its type. For example, the integer 1 cannot be read as a `bool`, and a text
//! cannot be read as a list. So if a row cannot be read, the row is read again. This time, a placeholder replaces each
//! value whose field may have a different type. A placeholder is a byte string that no field accepts. The error for the
//! placeholder states which type the field expects. The types are the same in every row, so each type is found out only
//! once for a query.

use std::cell::{Cell, RefCell};

use super::Value;
use super::decode_error::DecodeError;

/// The first bytes of a placeholder, which are not valid UTF-8. The number of the column follows these bytes.
const PLACEHOLDER: &[u8] = b"\xff\xfewhippet column ";

/// How a buffered column is passed to serde.
pub(super) enum Shape {
    /// The column is passed with the type that the database stores.
    Stored,
    Boolean,
    /// The column is a text, and the JSON value in the text is passed.
    Json,
    /// The column is a blob, and a list of its bytes is passed.
    Bytes,
    /// A placeholder is passed instead of the column's value.
    Placeholder(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Until now, serde has not buffered the column, or the buffered values fit only the type that the database stores.
    Unknown,
    /// serde has buffered a value of the column, and the type of the field may differ from the type that the database
    /// stores.
    Ambiguous,
    /// The column is passed as a placeholder.
    Replaced,
    /// The type of the field is the type that the database stores.
    Stored,
    /// The type of the field differs from the type that the database stores.
    Converted,
}

/// The state of each column of a query: what earlier reads have found out about the type of the column's field.
pub(super) struct Shapes {
    columns: Vec<Cell<State>>,
    /// The error from the first read of a row, before placeholders replaced values.
    first_error: RefCell<Option<DecodeError>>,
}

impl Shapes {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns: vec![Cell::new(State::Unknown); columns],
            first_error: RefCell::new(None),
        }
    }

    /// Returns how to pass the value of a buffered column.
    pub(super) fn of_buffered(&self, column: usize, value: &Value) -> Shape {
        let converted = match value {
            Value::Integer(0 | 1) => Shape::Boolean,
            Value::Text(text) if text.trim_ascii_start().starts_with(['[', '{']) => Shape::Json,
            Value::Blob(_) => Shape::Bytes,
            _ => return Shape::Stored,
        };
        let Some(state) = self.columns.get(column) else {
            return Shape::Stored;
        };
        match state.get() {
            State::Converted => converted,
            State::Replaced => Shape::Placeholder([PLACEHOLDER, &column.to_le_bytes()].concat()),
            State::Stored => Shape::Stored,
            State::Unknown | State::Ambiguous => {
                state.set(State::Ambiguous);
                Shape::Stored
            }
        }
    }

    /// Returns whether a column is still passed as a placeholder. If so, a row that was read without an error may
    /// contain the placeholder.
    pub(super) fn have_placeholders(&self) -> bool {
        self.columns
            .iter()
            .any(|state| state.get() == State::Replaced)
    }

    /// Removes the placeholders. Later reads pass these columns with the type that the database stores.
    pub(super) fn remove_placeholders(&self) {
        for state in self
            .columns
            .iter()
            .filter(|state| state.get() == State::Replaced)
        {
            state.set(State::Stored);
        }
    }

    /// Learns the type of a column from an error that occurred while a row was read.
    ///
    /// # Errors
    ///
    /// Returns the error if the row cannot be read with any other types.
    #[cold]
    #[inline(never)]
    pub(super) fn learn(&self, values: &[Value], error: DecodeError) -> Result<(), DecodeError> {
        if let Some((column, expected)) = &error.placeholder
            && let (Some(state), Some(value)) = (self.columns.get(*column), values.get(*column))
        {
            let converts = converts(value, expected);
            state.set(if converts {
                State::Converted
            } else {
                State::Stored
            });
            return Ok(());
        }
        if self.have_placeholders() {
            self.remove_placeholders();
            return Err(self.first_error.take().unwrap_or(error));
        }
        let ambiguous = self
            .columns
            .iter()
            .filter(|state| state.get() == State::Ambiguous);
        if ambiguous.map(|state| state.set(State::Replaced)).count() == 0 {
            return Err(error);
        }
        self.first_error.replace(Some(error));
        Ok(())
    }
}

/// If `bytes` is a placeholder, returns the number of the column whose value the placeholder replaces.
pub(super) fn column_of_placeholder(bytes: &[u8]) -> Option<usize> {
    let number = bytes.strip_prefix(PLACEHOLDER)?;
    Some(usize::from_le_bytes(number.try_into().ok()?))
}

/// Returns whether the stored value has to be converted, because the field expects a type that differs from the type of
/// the value in the database. `expected` is the description of the field's type, as serde and serde's derive macro
/// write it.
fn converts(value: &Value, expected: &str) -> bool {
    let is_list = ["a sequence", "a tuple", "tuple struct", "an array"];
    let is_object = ["a map", "struct "];
    let begins = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    match value {
        Value::Integer(_) => expected == "a boolean",
        Value::Text(_) => begins(&is_list) || begins(&is_object),
        Value::Blob(_) => begins(&is_list),
        Value::Null | Value::Real(_) => false,
    }
}
