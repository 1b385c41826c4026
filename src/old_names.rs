//! Fields whose names in Svix's 1.x SDKs differ from the current names.

use whippet::{FieldError, Problem};

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
        let message = format!("must equal `{name}`, its current name, or be omitted");
        return Err(Problem::invalid(vec![FieldError::new(
            format!("/{old_name}"),
            "mismatch",
            message,
        )]));
    }
    Ok(value.or(old_value))
}
