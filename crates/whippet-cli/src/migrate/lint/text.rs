//! Rules that read only the text of a statement.

use whippet_migrations::{D1_PRAGMAS, Token};

use super::parsed::Parsed;
use super::{Reports, Subject};

/// SQLite functions that are missing in D1 or on the native host (tested with workerd 2026-04-26).
const FUNCTIONS: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "ceiling",
    "cos",
    "cosh",
    "degrees",
    "exp",
    "floor",
    "generate_series",
    "if",
    "json_error_position",
    "json_pretty",
    "ln",
    "load_extension",
    "log",
    "log10",
    "log2",
    "median",
    "mod",
    "percentile",
    "pi",
    "pow",
    "power",
    "radians",
    "readfile",
    "sin",
    "sinh",
    "soundex",
    "sqlite_compileoption_get",
    "sqlite_compileoption_used",
    "sqlite_source_id",
    "sqlite_version",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "writefile",
];

pub(super) fn check(sql: &str, subject: &Subject<'_>) -> Reports {
    let mut reports = Vec::new();
    for statement in subject.statements {
        let mut report = |rule, message: String| reports.push((rule, statement.line, message));
        match statement.name_after(&["pragma"]) {
            Some(name) if is(name, &["foreign_keys"]) => {
                report("W003", "`pragma foreign_keys` has no effect in a migration".to_owned());
            }
            Some(name) if is(name, &["legacy_alter_table"]) => report(
                "W003",
                "with `pragma legacy_alter_table`, renaming a table breaks the foreign keys of other tables".to_owned(),
            ),
            _ => {}
        }
        if is_not_for_d1(statement) {
            let words: Vec<_> = statement
                .tokens
                .iter()
                .take(2)
                .map(|token| token.text)
                .collect();
            report("W004", format!("D1 rejects `{}`", words.join(" ")));
        }
        for name in functions(statement).filter(|name| is(name, FUNCTIONS)) {
            report("W005", format!("some hosts lack the function {name}"));
        }
        if let Some(why) = added_column(statement) {
            report("W006", why.to_owned());
        }
        if let Some(why) = split_differently(statement, sql) {
            report("W012", why.to_owned());
        }
        let condition = [["if", "not", "exists"].as_slice(), &["if", "exists"]];
        let is_ddl = statement.begins(&["create"]) || statement.begins(&["drop"]);
        if let Some(words) = condition
            .iter()
            .find(|words| is_ddl && statement.has(words))
        {
            report(
                "W014",
                format!(
                    "`{}` hides that the schema differs from the expected schema",
                    words.join(" ")
                ),
            );
        }
    }
    let removed = ["BEGIN TRANSACTION", "COMMIT;"].into_iter();
    reports.extend(removed.filter_map(|text| {
        let line = sql[..sql.find(text)?].matches('\n').count() + 1;
        Some((
            "W012",
            line,
            format!("wrangler removes or rejects the text `{text}`"),
        ))
    }));
    reports
}

/// Returns whether D1 rejects the statement.
pub(super) fn is_not_for_d1(statement: &Parsed<'_>) -> bool {
    const FIRST: &[&str] = &[
        "attach",
        "begin",
        "commit",
        "detach",
        "end",
        "release",
        "rollback",
        "savepoint",
        "vacuum",
    ];
    let first = statement.tokens.first().map_or("", |token| token.text);
    let is_temporary =
        statement.begins(&["create", "temp"]) || statement.begins(&["create", "temporary"]);
    let is_pragma = statement
        .name_after(&["pragma"])
        .is_some_and(|name| !is(name, &D1_PRAGMAS));
    is(first, FIRST) || is_temporary || is_pragma
}

fn is(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Returns the names of the functions that the statement calls.
fn functions<'a>(statement: &Parsed<'a>) -> impl Iterator<Item = &'a str> {
    let pairs = statement
        .tokens
        .windows(2)
        .filter(|pair| pair[1].text == "(");
    pairs.map(|pair| pair[0].text)
}

/// If the statement adds a column and may fail on a table that has rows, returns the reason.
fn added_column(statement: &Parsed<'_>) -> Option<&'static str> {
    statement.name_after(&["alter", "table"])?;
    if !statement.tokens.iter().any(|token| token.is("add")) {
        return None;
    }
    let at = statement
        .tokens
        .iter()
        .position(|token| token.is("default"));
    let default = at.and_then(|at| statement.tokens.get(at + 1));
    let is_null = default.is_none_or(|default| default.is("null"));
    // A generated column has a value in every row, so it needs no default.
    let is_generated = statement.has(&["as", "("]);
    if is_null && !is_generated && statement.has(&["not", "null"]) {
        return Some("a new column that is `not null` needs a default other than null");
    }
    let is_time = |token: &&Token<'_>| {
        is(
            token.text,
            &["current_timestamp", "current_date", "current_time", "("],
        )
    };
    default
        .filter(is_time)
        .map(|_| "the default of a new column must be a constant without parentheses")
}

/// If some versions of wrangler may not recognize the end of the statement, returns the reason.
fn split_differently(statement: &Parsed<'_>, sql: &str) -> Option<&'static str> {
    let is_trigger = ["trigger", "temp", "temporary"]
        .iter()
        .any(|word| statement.begins(&["create", word]))
        && statement.uses("trigger");
    if !is_trigger {
        return None;
    }
    if sql.contains('\r') {
        return Some("the file has a trigger and carriage returns: use line feeds only");
    }
    let bytes = statement.sql.as_bytes();
    let is_glued = |token: &&Token<'_>| {
        let before = token.at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(token.at + token.text.len());
        let separates = |byte: Option<&u8>, other: u8| {
            byte.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == other)
        };
        token.is("end") && !(separates(before, b' ') && separates(after, b';'))
    };
    let glued = statement.tokens.iter().find(is_glued);
    glued
        .map(|_| "in a trigger, write white space before `end`, and white space or `;` after `end`")
}
