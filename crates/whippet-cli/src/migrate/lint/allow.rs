//! Opt-out comments, which allow findings of a rule.

use whippet_migrations::{Kind, Token, tokens};

use super::Reports;
use super::parsed::Parsed;
use super::rules::Rule;

/// An opt-out comment: the rule, and whether the comment applies to the whole file.
type Comment<'a> = (&'a str, bool);

/// Returns the findings that comments allow. Each finding is a pair: the id of the rule, and the line of the statement.
pub(super) fn allowed(sql: &str, statements: &[Parsed<'_>]) -> Vec<(&'static str, usize)> {
    let mut allowed = Vec::new();
    for token in comments(sql) {
        let Ok(Some((id, is_for_file))) = read(token.text) else {
            continue;
        };
        let Some(rule) = Rule::find(id) else {
            continue;
        };
        let applies = |statement: &&Parsed<'_>| {
            is_for_file || (statement.start..statement.end).contains(&token.at)
        };
        let lines = statements
            .iter()
            .filter(applies)
            .map(|statement| statement.line);
        allowed.extend(lines.map(|line| (rule.id, line)));
        if is_for_file {
            allowed.push((rule.id, 1));
        }
    }
    allowed
}

/// Reports opt-out comments that are not valid.
pub(super) fn mistakes(sql: &str) -> Reports {
    let mistake = |token: Token<'_>| {
        let why = match read(token.text) {
            Ok(Some((id, _))) if Rule::find(id).is_none() => format!("there is no rule {id}"),
            Ok(_) => return None,
            Err(why) => why.to_owned(),
        };
        let line = sql[..token.at].matches('\n').count() + 1;
        Some(("W000", line, why))
    };
    comments(sql).filter_map(mistake).collect()
}

fn comments(sql: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(sql).filter(|token| token.kind == Kind::Comment)
}

/// Reads a comment. Returns `None` if the comment is not an opt-out comment.
fn read(comment: &str) -> Result<Option<Comment<'_>>, &'static str> {
    let text = comment.trim_start_matches(['-', '/', '*', ' ']);
    let Some(text) = text.strip_prefix("whippet: allow") else {
        return Ok(None);
    };
    let (text, is_for_file) = match text.strip_prefix("-file") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let text = text.trim_end().trim_end_matches("*/");
    let mut words = text.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some(rule), Some(_)) => Ok(Some((rule, is_for_file))),
        (Some(_), None) => Err("the comment has no reason: write why the finding is not a problem"),
        (None, _) => Err("the comment does not name a rule, such as W001"),
    }
}
