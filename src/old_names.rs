//! Fields whose names in Svix's 1.x SDKs differ from the current names.

use whippet::{FieldError, Patch, Problem};

/// Returns the value of a field that a request may send with its current name or with its old name.
///
/// # Errors
///
/// Returns a 422 problem if the values under both names are different.
pub(crate) fn current<T: PartialEq>(
    (name, value): (&str, Option<T>),
    (old_name, old_value): (&str, Option<T>),
) -> Result<Option<T>, Problem> {
    if value.is_some() && old_value.is_some() && value != old_value {
        let message = format!("must be omitted or equal `{name}`, the current name of this field");
        return Err(Problem::invalid(vec![FieldError::new(
            format!("/{old_name}"),
            "mismatch",
            message,
        )]));
    }
    Ok(value.or(old_value))
}

/// Like [`current`], for a field of a partial update.
pub(crate) fn current_patch<T: PartialEq>(
    (name, value): (&str, Patch<T>),
    (old_name, old_value): (&str, Patch<T>),
) -> Result<Patch<T>, Problem> {
    let is_absent = value.is_absent() && old_value.is_absent();
    let value = (name, value.into_value());
    let value = current(value, (old_name, old_value.into_value()))?;
    Ok(match is_absent {
        true => Patch::Absent,
        false => replaced(value),
    })
}

/// Returns the partial update that replaces a field with this value, or removes the field's value.
pub(crate) fn replaced<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Null, Patch::Set)
}
