//! A statement of a migration file, with its tokens.

use whippet_migrations::{Kind, Token, statements, tokens};

/// A statement and its tokens.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) sql: &'a str,
    pub(super) line: usize,
    /// The start of the statement in the file, including the comments before the statement.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The tokens without comments and without the final semicolon.
    pub(super) tokens: Vec<Token<'a>>,
}

/// Parses the statements of a file.
pub(super) fn parse(sql: &str) -> Vec<Parsed<'_>> {
    statements(sql)
        .map(|statement| {
            let mut tokens: Vec<_> = tokens(statement.sql)
                .filter(|token| token.kind != Kind::Comment)
                .collect();
            if tokens
                .last()
                .is_some_and(|token| token.kind == Kind::Semicolon)
            {
                tokens.pop();
            }
            Parsed {
                sql: statement.sql,
                line: statement.line,
                start: statement.start,
                end: statement.end,
                tokens,
            }
        })
        .collect()
}

impl<'a> Parsed<'a> {
    /// Returns whether the statement begins with these keywords.
    pub(super) fn begins(&self, keywords: &[&str]) -> bool {
        let tokens = self.tokens.get(..keywords.len());
        tokens.is_some_and(|tokens| {
            tokens
                .iter()
                .zip(keywords)
                .all(|(token, word)| token.is(word))
        })
    }

    /// Returns whether the statement contains these keywords, one directly after the other.
    pub(super) fn has(&self, keywords: &[&str]) -> bool {
        let is_match = |tokens: &[Token<'_>]| {
            tokens
                .iter()
                .zip(keywords)
                .all(|(token, word)| token.is(word))
        };
        self.tokens.windows(keywords.len()).any(is_match)
    }

    /// Returns whether the statement contains the name `name`.
    pub(super) fn uses(&self, name: &str) -> bool {
        self.tokens
            .iter()
            .any(|token| token.name().eq_ignore_ascii_case(name))
    }

    /// Returns the name after these keywords, if the statement begins with them. Skips `if exists`, `if not exists` and
    /// `main.`.
    pub(super) fn name_after(&self, keywords: &[&str]) -> Option<&'a str> {
        if !self.begins(keywords) {
            return None;
        }
        let mut rest = &self.tokens[keywords.len()..];
        for word in ["if", "not", "exists"] {
            if rest.first().is_some_and(|token| token.is(word)) {
                rest = &rest[1..];
            }
        }
        if rest.get(1).is_some_and(|token| token.text == ".") {
            rest = &rest[2..];
        }
        rest.first().map(Token::name)
    }

    /// Returns the name of the table that the statement drops.
    pub(super) fn dropped_table(&self) -> Option<&'a str> {
        self.name_after(&["drop", "table"])
    }

    /// Returns the name of the table that the statement creates.
    pub(super) fn created_table(&self) -> Option<&'a str> {
        self.name_after(&["create", "table"])
            .or_else(|| self.name_after(&["create", "virtual", "table"]))
    }

    /// Returns the old and the new name of the table that the statement renames.
    pub(super) fn renamed_table(&self) -> Option<(&'a str, &'a str)> {
        let old = self.name_after(&["alter", "table"])?;
        let at = self
            .tokens
            .windows(2)
            .position(|pair| pair[0].is("rename") && pair[1].is("to"))?;
        Some((old, self.tokens.get(at + 2)?.name()))
    }

    /// Returns the name that follows the first occurrence of the keyword.
    pub(super) fn after(&self, keyword: &str) -> Option<&'a str> {
        let at = self.tokens.iter().position(|token| token.is(keyword))?;
        self.tokens.get(at + 1).map(Token::name)
    }
}

/// Returns the line of the statement that creates a table. The statement may create the table under another name if the
/// file renames the table later. If no statement creates the table, returns the line of the last statement that
/// contains the name.
pub(super) fn line_of_table(statements: &[Parsed<'_>], name: &str) -> usize {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    let creates = |name: &str| {
        let created = |statement: &&Parsed<'_>| {
            statement
                .created_table()
                .is_some_and(|created| created.eq_ignore_ascii_case(name))
        };
        statements
            .iter()
            .find(created)
            .map(|statement| statement.line)
    };
    let renamed = statements.iter().filter_map(Parsed::renamed_table);
    let old_name = renamed
        .into_iter()
        .find(|(_, new)| is(new))
        .map(|(old, _)| old);
    let uses = || {
        statements
            .iter()
            .rfind(|statement| statement.uses(name))
            .map(|statement| statement.line)
    };
    old_name
        .and_then(creates)
        .or_else(|| creates(name))
        .or_else(uses)
        .unwrap_or(1)
}
