//! Lints migration files: reports statements that lose data, that D1 rejects, or that break the running program.
//!
//! The lint applies all files in their order to one in-memory database, so the rules see the real schema before and
//! after each file.

mod allow;
mod change;
mod parsed;
mod rebuild;
mod rules;
mod table;
mod text;

use anyhow::{Context, Result};
use parsed::Parsed;
pub(super) use rules::Level;
use rules::{RULES, Rule};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::json;

use super::args::Output;
use super::folder::Migration;
use super::schema::{self, Schema};
use super::{Outcome, print};

/// One finding of a rule, with its place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The id of the rule; `SQL` if SQLite rejects a statement.
    pub(super) rule: &'static str,
    pub(super) level: Level,
    /// The name of the file.
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) message: String,
}

/// The file that is linted: its statements, and the schema before and after the file.
struct Subject<'a> {
    statements: &'a [Parsed<'a>],
    before: &'a Schema,
    after: &'a Schema,
}

/// What the rules report: the id of the rule, the line and the message.
type Reports = Vec<(&'static str, usize, String)>;

/// Lints the files in their order.
///
/// # Errors
///
/// Fails when SQLite cannot be used. A statement that SQLite rejects is a finding, and ends the lint.
pub(super) fn lint(files: &[Migration]) -> Result<Vec<Finding>> {
    let connection = schema::open_in_memory()?;
    let mut findings = Vec::new();
    let mut before = Schema::default();
    for file in files {
        let statements = parsed::parse(&file.sql);
        if let Err((line, message)) = apply(&connection, &statements) {
            findings.push(Finding {
                rule: "SQL",
                level: Level::Error,
                file: file.name.clone(),
                line,
                message,
            });
            return Ok(findings);
        }
        let after = Schema::read(&connection)?;
        let subject = Subject {
            statements: &statements,
            before: &before,
            after: &after,
        };
        findings.extend(lint_file(file, &subject, &connection));
        before = after;
    }
    Ok(findings)
}

fn lint_file(file: &Migration, subject: &Subject<'_>, connection: &Connection) -> Vec<Finding> {
    let mut reports = text::check(&file.sql, subject);
    reports.extend(rebuild::check(subject, connection));
    reports.extend(change::check(subject));
    reports.extend(table::check(subject));
    reports.extend(allow::mistakes(&file.sql));
    reports.sort_by_key(|(rule, line, _)| (*line, *rule));
    let allowed = allow::allowed(&file.sql, subject.statements);
    let is_reported = |(rule, line, _): &(&str, usize, String)| !allowed.contains(&(*rule, *line));
    let finding = |(rule, line, message)| Finding {
        rule,
        level: Rule::find(rule).map_or(Level::Error, |rule| rule.level),
        file: file.name.clone(),
        line,
        message,
    };
    reports
        .into_iter()
        .filter(is_reported)
        .map(finding)
        .collect()
}

/// Applies the statements in one transaction, as at run time. Skips the statements that rule W004 reports.
fn apply(connection: &Connection, statements: &[Parsed<'_>]) -> Result<(), (usize, String)> {
    let run = |sql: &str, line| {
        schema::run(connection, sql).map_err(|failed| (line + failed.line, failed.message))
    };
    run("begin", 1)?;
    for statement in statements
        .iter()
        .filter(|statement| !text::is_not_for_d1(statement))
    {
        run(statement.sql, statement.line)?;
    }
    let last = statements.last().map_or(1, |statement| statement.line);
    run("commit", last)
}

/// Explains a rule.
///
/// # Errors
///
/// Fails when there is no rule with this id. The error lists all rules.
pub(super) fn explain(id: &str, output: Output) -> Result<Outcome> {
    let rule = Rule::find(id).with_context(|| {
        let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        format!("there is no rule `{id}`; the rules are: {}", ids.join(", "))
    })?;
    let Rule {
        id,
        level,
        title,
        explanation,
    } = rule;
    let json = json!({"rule": id, "level": level, "title": title, "explanation": explanation});
    print(output, &json, || {
        format!("{id} ({}): {title}\n\n{explanation}\n", level.name())
    })?;
    Ok(Outcome::Done)
}
