//! The statements, each with the columns that the check has to find.
//!
//! A column is written `name kind`, with `?` if it can be null. `??` marks a column that the check reports as nullable,
//! although the column contains no null in any database of the test.

mod changes;
mod combinations;
mod functions;
mod sources;
mod values;

/// Returns all statements.
pub(crate) fn statements() -> Vec<(&'static str, &'static str)> {
    let groups = [
        values::STATEMENTS,
        sources::STATEMENTS,
        functions::STATEMENTS,
        changes::STATEMENTS,
        combinations::STATEMENTS,
    ];
    groups.concat()
}
