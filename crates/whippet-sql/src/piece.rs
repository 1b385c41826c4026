//! Parses the pieces in braces: `{and x = :x}`, `{if :condition …}` and `{page :cursor by …}`.

use crate::Role;
use crate::lexer::Token;
use crate::template::{Fragment, Part, Template};

/// The condition under which a piece is part of the statement. Parameters are given by their indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All these parameters have a value.
    Given(Vec<usize>),
    /// This parameter is true.
    If(usize),
    /// This parameter is false.
    IfNot(usize),
}

/// Parses the tokens between the braces of a piece.
pub(crate) fn parse(tokens: &[Token<'_>], template: &mut Template) -> Result<Part, String> {
    let keyword = match tokens.first() {
        Some(Token::Text(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => String::new(),
    };
    match (keyword.to_ascii_lowercase().as_str(), tokens) {
        ("page", [_, Token::Named(cursor), Token::Text(by)]) => {
            let cursor = template.named(cursor, Role::Page)?;
            Ok(Part::Page {
                cursor,
                columns: columns(by)?,
            })
        }
        ("page", _) => Err(PAGE.to_owned()),
        (keyword @ ("if" | "if not"), [_, Token::Named(name), rest @ ..]) => {
            let flag = template.named(name, Role::Condition)?;
            let condition = match keyword {
                "if" => Condition::If(flag),
                _ => Condition::IfNot(flag),
            };
            Ok(Part::Piece(
                condition,
                fragments(rest, Role::Value, template)?,
            ))
        }
        _ => {
            let fragments = fragments(tokens, Role::Optional, template)?;
            Ok(Part::Piece(
                Condition::Given(Vec::new()),
                enclosed(fragments),
            ))
        }
    }
}

const PAGE: &str = "write a page as `{page :cursor by column, …}`, after `where` or `and`";

/// Reads `by a, b`.
fn columns(text: &str) -> Result<Vec<String>, String> {
    let list = after_keyword(text, "by").ok_or(PAGE)?;
    let columns: Vec<String> = list
        .split(',')
        .map(|column| column.trim().to_owned())
        .collect();
    let is_name = |column: &String| {
        let mut parts = column.split('.');
        parts.all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|char| char.is_alphanumeric() || char == '_')
        })
    };
    if columns.iter().all(is_name) {
        Ok(columns)
    } else {
        Err(format!("{PAGE}; a column is a name such as `id` or `a.id`"))
    }
}

fn fragments(
    tokens: &[Token<'_>],
    role: Role,
    template: &mut Template,
) -> Result<Vec<Fragment>, String> {
    tokens
        .iter()
        .map(|token| template.fragment(*token, role))
        .collect()
}

/// If the text starts with the keyword and white space, returns the rest of the text.
fn after_keyword<'t>(text: &'t str, keyword: &str) -> Option<&'t str> {
    let (first, rest) = text.trim_start().split_once(char::is_whitespace)?;
    first.eq_ignore_ascii_case(keyword).then_some(rest)
}

/// Puts the condition after `and` in parentheses: `and a or b` becomes `and (a or b)`.
fn enclosed(mut fragments: Vec<Fragment>) -> Vec<Fragment> {
    if let Some(Fragment::Sql(first)) = fragments.first_mut()
        && let Some(condition) = after_keyword(first, "and")
    {
        *first = format!(" and ({condition}");
        fragments.push(Fragment::Sql(")".to_owned()));
    }
    fragments
}

/// Returns whether the SQL is valid with and without this piece, whatever other pieces it contains. This is true for a
/// piece that starts with `and` or a comma.
pub(crate) fn is_independent(fragments: &[Fragment]) -> bool {
    match fragments.first() {
        Some(Fragment::Sql(first)) => {
            let first = first.trim_start();
            first.starts_with(',') || first.starts_with("and (")
        }
        _ => false,
    }
}
