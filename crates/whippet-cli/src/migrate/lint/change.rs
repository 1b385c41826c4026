//! Rules about changes to tables that may have rows, or that the running program may use: W007, W008, W013.

use super::parsed::Parsed;
use super::{Reports, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Reports {
    let mut reports = Vec::new();
    for statement in subject.statements {
        let mut report = |rule, message: String| reports.push((rule, statement.line, message));
        if let Some(table) = statement
            .name_after(&["create", "unique", "index"])
            .and(statement.after("on"))
            && subject.before.table(table).is_some()
            && !has_null_column(statement, table, subject)
        {
            report(
                "W007",
                format!("{table} may have rows with the same values"),
            );
        }
        if let Some(change) = renamed_or_dropped(statement, subject) {
            report("W008", change);
        }
        if let Some(table) = rewritten(statement)
            && subject.before.table(table).is_some()
        {
            report(
                "W013",
                format!("the statement changes every row of {table}"),
            );
        }
    }
    reports
}

/// Returns whether the index includes a column that the file adds without a default and leaves empty. Such a column is
/// null in every row, and a unique index allows any number of nulls.
fn has_null_column(index: &Parsed<'_>, table: &str, subject: &Subject<'_>) -> bool {
    let of_table = |statement: &&Parsed<'_>, words: &[&str]| {
        let name = statement.name_after(words);
        name.is_some_and(|name| name.eq_ignore_ascii_case(table))
    };
    let mut added = subject
        .statements
        .iter()
        .filter(|statement| of_table(statement, &["alter", "table"]) && !statement.uses("default"));
    added.any(|statement| {
        let column = match statement.after("add") {
            Some(word) if word.eq_ignore_ascii_case("column") => statement.after("column"),
            column => column,
        };
        let fills = |column| {
            let mut updates = subject
                .statements
                .iter()
                .filter(|update| of_table(update, &["update"]));
            updates.any(|update| update.uses(column))
        };
        column.is_some_and(|column| index.uses(column) && !fills(column))
    })
}

fn renamed_or_dropped(statement: &Parsed<'_>, subject: &Subject<'_>) -> Option<String> {
    if let Some(table) = statement.dropped_table() {
        let is_gone = subject.before.table(table).is_some() && subject.after.table(table).is_none();
        return is_gone.then(|| format!("the running program may use the table {table}"));
    }
    let table = statement.name_after(&["alter", "table"])?;
    subject.before.table(table)?;
    if let Some((old, new)) = statement.renamed_table() {
        // If a rebuild renames the old table and then creates a table with the old name, the old name is not gone.
        let is_gone = subject.after.table(old).is_none();
        return is_gone.then(|| {
            format!("the running program may use the table {old}, which is renamed to {new}")
        });
    }
    let words = &statement.tokens;
    let at = words
        .iter()
        .position(|token| token.is("drop") || token.is("rename"))?;
    let column = words
        .get(at + 1)
        .filter(|token| !token.is("column"))
        .or(words.get(at + 2))?;
    Some(format!(
        "the running program may use the column {table}.{}",
        column.name()
    ))
}

/// If the statement is an `update` or a `delete` without a condition, returns the table that the statement changes.
fn rewritten<'a>(statement: &Parsed<'a>) -> Option<&'a str> {
    let is_limited = statement
        .tokens
        .iter()
        .any(|token| token.is("where") || token.is("limit"));
    let table = statement
        .name_after(&["update"])
        .or_else(|| statement.name_after(&["delete", "from"]));
    table.filter(|_| !is_limited)
}
