//! The text of a `create table` statement, and changes of it that keep the rest of the text.

use whippet_migrations::{Kind, Token, tokens};

/// The words that begin a constraint of a table.
const TABLE_CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

/// The words that begin a constraint of a column, so that its type ends.
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

/// A `create table` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    /// The columns, and then the constraints of the table.
    items: Vec<String>,
    /// What follows the list, such as `strict`.
    options: String,
}

impl Definition {
    /// Splits the text of a statement. Returns `None` for `create table … as select`, which SQLite stores without.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let mut depth = 0;
        let mut start = None;
        let mut items = Vec::new();
        for token in tokens(sql).filter(|token| token.kind == Kind::Other) {
            match token.text {
                "(" => {
                    depth += 1;
                    start = start.or(Some(token.at + 1));
                }
                ")" => {
                    depth -= 1;
                    if depth == 0 {
                        items.push(item(sql.get(start?..token.at)?));
                        let options = sql.get(token.at + 1..)?.trim().to_owned();
                        return Some(Self { items, options });
                    }
                }
                "," if depth == 1 => {
                    items.push(item(sql.get(start?..token.at)?));
                    start = Some(token.at + 1);
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the statement that creates the table with the name `name`. References to `own`, the name of the table
    /// itself, become references to the new table.
    pub(super) fn sql(&self, name: &str, own: &str) -> String {
        let items = self
            .items
            .iter()
            .map(|item| format!("    {}", referring(item, own, name)));
        let items = items.collect::<Vec<_>>().join(",\n");
        let options = if self.options.is_empty() {
            String::new()
        } else {
            format!(" {}", self.options)
        };
        format!("create table {name} (\n{items}\n){options};")
    }

    /// Adds a column after the other columns.
    pub(super) fn add(&mut self, column: String) {
        let at = self
            .items
            .iter()
            .position(|item| column_name(item).is_none());
        self.items.insert(at.unwrap_or(self.items.len()), column);
    }

    /// Removes a column.
    pub(super) fn remove(&mut self, column: &str) {
        self.items.retain(|item| !is_column(item, column));
    }

    /// Returns whether the text of a column contains an expression, with the same tokens.
    pub(super) fn has(&self, column: &str, expression: &str) -> bool {
        let of = |text: &str| {
            words(text)
                .map(|token| token.text.to_ascii_lowercase())
                .collect::<Vec<_>>()
        };
        let expression = of(expression);
        let mut items = self.items.iter().filter(|item| is_column(item, column));
        items.any(|item| {
            of(item)
                .windows(expression.len().max(1))
                .any(|part| part == expression)
        })
    }

    /// Replaces the text of a column.
    pub(super) fn edit(&mut self, column: &str, edit: impl Fn(&str) -> String) {
        for item in self.items.iter_mut().filter(|item| is_column(item, column)) {
            *item = edit(item);
        }
    }
}

/// Moves a comment at the end of an item to its start, so that text can follow the item.
fn item(text: &str) -> String {
    let text = text.trim();
    let last = tokens(text)
        .last()
        .filter(|last| last.kind == Kind::Comment && last.at > 0);
    match last {
        Some(comment) => format!("{}\n{}", comment.text.trim_end(), item(&text[..comment.at])),
        None => text.to_owned(),
    }
}

fn is_column(item: &str, column: &str) -> bool {
    column_name(item).is_some_and(|name| name.eq_ignore_ascii_case(column))
}

/// Returns the name of a column, or `None` for a constraint of the table.
fn column_name(item: &str) -> Option<&str> {
    let first = words(item).next()?;
    let is_constraint = TABLE_CONSTRAINTS
        .iter()
        .any(|word| first.kind == Kind::Word && first.is(word));
    (!is_constraint).then(|| first.name())
}

fn words(item: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(item).filter(|token| token.kind != Kind::Comment)
}

/// Replaces the names after `references`.
fn referring(item: &str, own: &str, name: &str) -> String {
    let mut text = String::new();
    let (mut copied, mut is_reference) = (0, false);
    for token in words(item) {
        if is_reference && token.name().eq_ignore_ascii_case(own) {
            text.push_str(&item[copied..token.at]);
            text.push_str(name);
            copied = token.at + token.text.len();
        }
        is_reference = token.is("references");
    }
    text.push_str(&item[copied..]);
    text
}

/// Replaces the type of a column.
pub(super) fn with_type(item: &str, kind: &str) -> String {
    let mut words = words(item);
    let Some(name) = words.next() else {
        return item.to_owned();
    };
    let end = name.at + name.text.len();
    let constraint = words.find(|token| {
        token.kind == Kind::Word && COLUMN_CONSTRAINTS.iter().any(|word| token.is(word))
    });
    let rest = constraint.map_or("", |token| &item[token.at..]);
    format!("{} {kind} {rest}", &item[..end])
        .trim_end()
        .to_owned()
}

/// Removes `not null` from a column, or adds it after the type.
pub(super) fn with_null(item: &str, nullable: bool) -> String {
    let item = without(item, &["not", "null"], 0);
    if nullable {
        return item;
    }
    let constraint = words(&item).skip(1).find(|token| {
        token.kind == Kind::Word && COLUMN_CONSTRAINTS.iter().any(|word| token.is(word))
    });
    let at = constraint.map_or(item.len(), |token| token.at);
    format!("{} not null {}", item[..at].trim_end(), &item[at..])
        .trim_end()
        .to_owned()
}

/// Replaces the default of a column.
pub(super) fn with_default(item: &str, default: &str) -> String {
    format!("{} default {default}", without(item, &["default"], 1))
}

/// Removes words that follow each other, and `values` values after them: words, or texts in parentheses.
fn without(item: &str, sequence: &[&str], values: usize) -> String {
    let all: Vec<Token<'_>> = words(item).collect();
    let starts = |at: &usize| {
        sequence
            .iter()
            .zip(&all[*at..])
            .filter(|(word, token)| token.is(word))
            .count()
            == sequence.len()
    };
    let Some(at) = (0..all.len()).find(starts) else {
        return item.to_owned();
    };
    let mut end = at + sequence.len();
    for _ in 0..values {
        end = value_end(&all, end);
    }
    let start = item[..all[at].at].trim_end();
    let rest = all.get(end).map_or("", |token| &item[token.at..]);
    format!("{start} {rest}").trim_end().to_owned()
}

/// Returns the position after a default: a literal, a signed number, or an expression in parentheses.
fn value_end(all: &[Token<'_>], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in all.iter().enumerate().skip(start) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            "+" | "-" if depth == 0 => continue,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    all.len()
}

#[cfg(test)]
mod tests {
    use super::{Definition, with_default, with_null, with_type};

    #[test]
    fn a_change_keeps_the_rest_of_the_text() {
        let item = "-- the name\nname varchar(10) not null default ('a, b') collate nocase check (name <> '')";
        assert_eq!(
            with_type(item, "text"),
            "-- the name\nname text not null default ('a, b') collate nocase check (name <> '')"
        );
        assert_eq!(
            with_null(item, true),
            "-- the name\nname varchar(10) default ('a, b') collate nocase check (name <> '')"
        );
        assert_eq!(with_null("a", false), "a not null");
        assert_eq!(
            with_null("a text references b (c)", false),
            "a text not null references b (c)"
        );
        assert_eq!(
            with_default(item, "'x'"),
            "-- the name\nname varchar(10) not null collate nocase check (name <> '') default 'x'"
        );
        assert_eq!(
            with_default("a integer default -1 unique", "2"),
            "a integer unique default 2"
        );
    }

    #[test]
    fn columns_are_added_before_the_constraints_of_the_table() {
        let sql = "CREATE TABLE t (id integer primary key, p integer references \"T\" (id), check (id > (1 + 2)), unique (id, p)) strict";
        let mut definition = Definition::parse(sql).expect("a table");
        definition.add("x text".to_owned());
        definition.remove("p");
        assert_eq!(
            definition.sql("t_new", "t"),
            "create table t_new (\n    id integer primary key,\n    x text,\n    check (id > (1 + 2)),\n    unique (id, p)\n) strict;"
        );
        let kept = Definition::parse(sql).expect("a table");
        assert!(
            kept.sql("t_new", "t")
                .contains("p integer references t_new (id)")
        );
    }
}
