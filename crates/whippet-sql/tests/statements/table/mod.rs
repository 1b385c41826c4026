//! Lists statements. With each statement, lists the columns that the checker has to find.
//!
//! A column is written `name kind`. A `?` after the kind means that the column can be null. `??` means that the checker
//! reports the column as nullable, although no test database returns a null.

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
