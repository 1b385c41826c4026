//! Changes the text of a column in a `create table` statement: each function changes one part, and keeps the rest.

use whippet_migrations::{Kind, Token, tokens};

use super::model::Parent;
use super::statements::references;

/// Each constraint of a column begins with one of these words. The type of the column ends before the first constraint.
const COLUMN_CONSTRAINTS: [&str; 11] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
];

/// Returns the tokens that are not comments.
pub(super) fn words(item: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(item).filter(|token| token.kind != Kind::Comment)
}

/// Moves a comment from the end of an item (a column or a constraint) to its start, so that text can be added to the
/// end.
pub(super) fn item(text: &str) -> String {
    let text = text.trim();
    let last = tokens(text)
        .last()
        .filter(|last| last.kind == Kind::Comment && last.at > 0);
    match last {
        Some(comment) => format!("{}\n{}", comment.text.trim_end(), item(&text[..comment.at])),
        None => text.to_owned(),
    }
}

/// Joins two parts of an item. If the first part ends with a comment, adds a line feed after the comment.
fn join(start: &str, end: &str) -> String {
    let (start, end) = (start.trim_end(), end.trim_start());
    let last = tokens(start).last();
    let is_open =
        last.is_some_and(|last| last.kind == Kind::Comment && last.text.starts_with("--"));
    let space = match (start.is_empty() || end.is_empty(), is_open) {
        (true, _) => "",
        (false, true) => "\n",
        (false, false) => " ",
    };
    [start, space, end].concat()
}

/// Returns the words of an item that are not in parentheses.
fn outer(item: &str) -> Vec<Token<'_>> {
    let mut depth = 0;
    let is_outer = |token: &Token<'_>| match token.text {
        "(" => {
            depth += 1;
            depth == 1
        }
        ")" => {
            depth -= 1;
            depth == 0
        }
        _ => depth == 0,
    };
    words(item).filter(is_outer).collect()
}

fn end(token: &Token<'_>) -> usize {
    token.at + token.text.len()
}

/// Returns the position at which the constraints of a column begin. If the column has no constraints, returns the end
/// of the item.
fn constraints(item: &str) -> usize {
    let is_constraint = |token: &&Token<'_>| {
        token.kind == Kind::Word && COLUMN_CONSTRAINTS.iter().any(|word| token.is(word))
    };
    let all = outer(item);
    let first = all.iter().skip(1).find(is_constraint);
    first.map_or(item.len(), |token| token.at)
}

/// Replaces the type of a column.
pub(super) fn with_type(item: &str, kind: &str) -> String {
    let Some(name) = words(item).next() else {
        return item.to_owned();
    };
    let (start, rest) = (end(&name), constraints(item));
    let mut text = join(&item[..start], kind);
    for comment in tokens(&item[start..rest]).filter(|token| token.kind == Kind::Comment) {
        text = join(&text, comment.text);
    }
    join(&text, &item[rest..])
}

/// Removes `not null` from a column, or adds it after the type.
pub(super) fn with_null(item: &str, nullable: bool) -> String {
    let item = without(item, &["not", "null"], |all, end| {
        let is_clause = all.get(end).is_some_and(|token| token.is("on"))
            && all.get(end + 1).is_some_and(|token| token.is("conflict"));
        if is_clause { end + 3 } else { end }
    });
    if nullable {
        return item;
    }
    let at = constraints(&item);
    join(&join(&item[..at], "not null"), &item[at..])
}

/// Replaces the default of a column.
pub(super) fn with_default(item: &str, default: &str) -> String {
    let item = without(item, &["default"], value_end);
    join(&item, &format!("default {default}"))
}

/// Replaces the table and the column of a foreign key. If `parent` has an action, replaces the action too. Returns
/// `None` if the column has no `references`.
pub(super) fn with_reference(item: &str, parent: &Parent) -> Option<String> {
    let item = match parent.on_delete {
        None => item.to_owned(),
        Some(_) => without(item, &["on", "delete"], |all, end| {
            let action = all.get(end);
            let has_two = action.is_some_and(|token| token.is("set") || token.is("no"));
            if has_two { end + 2 } else { end + 1 }
        }),
    };
    let all = outer(&item);
    let at = all.iter().position(|token| token.is("references"))?;
    let mut last = at + 1;
    if all.get(last + 1).is_some_and(|token| token.text == "(") {
        last += 2;
    }
    let rest = end(all.get(last)?);
    let text = join(&item[..all[at].at], &references(parent));
    Some(join(&text, &item[rest..]))
}

/// Returns the position of the expression in the text of a generated column.
fn expression_range(item: &str) -> Option<std::ops::Range<usize>> {
    let all = outer(item);
    let at = all.iter().position(|token| token.is("as"))?;
    let open = all.get(at + 1).filter(|token| token.text == "(")?;
    let close = all.get(at + 2).filter(|token| token.text == ")")?;
    Some(end(open)..close.at)
}

/// Returns whether the expression of a generated column consists of the same tokens as `expression`.
pub(super) fn has_expression(item: &str, expression: &str) -> bool {
    let of = |text: &str| {
        let all = words(text).map(|token| match token.kind {
            Kind::Word => token.text.to_ascii_lowercase(),
            _ => token.text.to_owned(),
        });
        all.collect::<Vec<_>>()
    };
    expression_range(item).is_some_and(|range| of(&item[range]) == of(expression))
}

/// Replaces the expression of a generated column.
pub(super) fn with_expression(item: &str, expression: &str) -> String {
    match expression_range(item) {
        Some(range) => [&item[..range.start], expression, &item[range.end..]].concat(),
        None => item.to_owned(),
    }
}

/// Removes the words in `sequence` where they are not in parentheses. Also removes the text that follows these words,
/// up to the position that `last` returns.
fn without(item: &str, sequence: &[&str], last: fn(&[Token<'_>], usize) -> usize) -> String {
    let all = outer(item);
    let is_sequence = |tokens: &[Token<'_>]| {
        let mut pairs = tokens.iter().zip(sequence);
        pairs.all(|(token, word)| token.is(word))
    };
    let Some(at) = all.windows(sequence.len()).position(is_sequence) else {
        return item.to_owned();
    };
    let last = last(&all, at + sequence.len()).min(all.len());
    join(&item[..all[at].at], &item[end(&all[last - 1])..])
}

/// Returns the position after the value of a default. The value is a literal, a signed number, or an expression in
/// parentheses.
fn value_end(all: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while all
        .get(at)
        .is_some_and(|token| ["+", "-"].contains(&token.text))
    {
        at += 1;
    }
    if all.get(at).is_some_and(|token| token.text == "(") {
        return at + 2;
    }
    // A string that contains a quote, and a number with a decimal point, consist of several tokens without spaces
    // between them.
    while all.get(at + 1).is_some_and(|next| {
        let is_value = next.kind != Kind::Other || next.text == ".";
        is_value && end(&all[at]) == next.at
    }) {
        at += 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::{Parent, has_expression, item, with_default, with_null, with_reference, with_type};

    #[test]
    fn a_change_keeps_the_rest_of_the_text() {
        let text = "-- the name\nname varchar(10) not null default ('a, b') collate nocase check (name <> '')";
        assert_eq!(
            with_type(text, "text"),
            "-- the name\nname text not null default ('a, b') collate nocase check (name <> '')"
        );
        assert_eq!(
            with_null(text, true),
            "-- the name\nname varchar(10) default ('a, b') collate nocase check (name <> '')"
        );
        assert_eq!(with_null("a", false), "a not null");
        assert_eq!(
            with_null("a text references b (c)", false),
            "a text not null references b (c)"
        );
        assert_eq!(
            with_default(text, "'x'"),
            "-- the name\nname varchar(10) not null collate nocase check (name <> '') default 'x'"
        );
        for (old, new) in [
            ("a integer default -1 unique", "a integer unique default 2"),
            ("a real default -1.5 unique", "a real unique default 2"),
            ("a text default 'it''s' unique", "a text unique default 2"),
            ("a text default (f(1)) unique", "a text unique default 2"),
            ("a text default", "a text default 2"),
        ] {
            assert_eq!(with_default(old, "2"), new);
        }
        assert_eq!(
            with_null("a text not null on conflict fail unique", true),
            "a text unique"
        );
    }

    #[test]
    fn a_comment_does_not_take_the_text_that_follows_it() {
        let text = "a text -- the a\n not null check (a <> '')";
        assert_eq!(with_null(text, true), "a text -- the a\ncheck (a <> '')");
        assert_eq!(
            with_null("a text -- the a\n check (a <> '')", false),
            "a text -- the a\nnot null check (a <> '')"
        );
        assert_eq!(
            item(&with_null("a text -- the a\n not null", true)),
            "-- the a\na text"
        );
        assert_eq!(
            with_type("a text -- the a\n not null", "integer"),
            "a integer -- the a\nnot null"
        );
        assert_eq!(
            with_default("a text -- the a\n default 1", "2"),
            "a text -- the a\ndefault 2"
        );
    }

    #[test]
    fn words_in_parentheses_are_no_constraints_of_the_column() {
        for text in [
            "a text check (a is not null)",
            "a text check (a in (1) and a is not null)",
        ] {
            assert_eq!(with_null(text, true), text);
        }
        assert_eq!(
            with_null("a text check (a is not null)", false),
            "a text not null check (a is not null)"
        );
    }

    #[test]
    fn the_parts_of_a_foreign_key_that_do_not_change_stay() {
        let parent = |on_delete: Option<&str>| Parent {
            table: "teams".to_owned(),
            column: Some("id".to_owned()),
            on_delete: on_delete.map(str::to_owned),
        };
        let text = "a text references b (c) on update cascade on delete set null deferrable unique";
        assert_eq!(
            with_reference(text, &parent(Some("cascade"))).as_deref(),
            Some(
                "a text references teams (id) on delete cascade on update cascade deferrable unique"
            )
        );
        assert_eq!(
            with_reference("a text references b on delete cascade", &parent(None)).as_deref(),
            Some("a text references teams (id) on delete cascade")
        );
        assert_eq!(with_reference("a text", &parent(None)), None);
    }

    #[test]
    fn an_expression_is_compared_as_a_whole() {
        let text = "a integer generated always as (length(B) + 1) stored";
        assert!(has_expression(text, "LENGTH(b)+1"));
        assert!(!has_expression(text, "length(b)"));
        assert!(!has_expression("a text as (b || 'X')", "b || 'x'"));
    }
}
