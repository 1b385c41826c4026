//! Decides whether older versions of a program keep working after a migration.

use crate::split::{Statement, statements};
use crate::token::{Kind, Token, tokens};

/// A migration file can contain one of these comments, which overrides the decision.
const COMPATIBLE: &str = "whippet: compatible ";
const INCOMPATIBLE: &str = "whippet: incompatible ";

/// Returns whether a migration only adds to the schema, so that older versions of the program keep working. Such a
/// migration creates tables, views and indexes, adds columns, inserts rows, and sets the values of columns that it
/// adds.
///
/// A unique index or a trigger on an existing table may make the writes of an older version fail. So they count as
/// additions only on tables that the same migration creates. A comment `-- whippet: compatible …` or
/// `-- whippet: incompatible …` with a reason overrides the decision.
#[must_use]
pub fn only_adds(sql: &str) -> bool {
    for token in tokens(sql).filter(|token| token.kind == Kind::Comment) {
        let text = token.text.trim_start_matches(['-', '/', '*', ' ']);
        if text.starts_with(COMPATIBLE) {
            return true;
        }
        if text.starts_with(INCOMPATIBLE) {
            return false;
        }
    }
    let mut added = Added::default();
    statements(sql).all(|statement| added.only_adds(statement))
}

/// What the statements so far have added. The statements of a migration are read one after the other.
#[derive(Default)]
struct Added<'a> {
    tables: Vec<&'a str>,
    /// The columns that were added to existing tables, each with the name of its table.
    columns: Vec<(&'a str, &'a str)>,
}

impl<'a> Added<'a> {
    fn only_adds(&mut self, statement: Statement<'a>) -> bool {
        let tokens: Vec<_> = tokens(statement.sql).filter(is_code).collect();
        let mut words = Words(&tokens);
        if words.accept("create") {
            let is_temporary = words.accept("temp") || words.accept("temporary");
            return !is_temporary && self.only_creates(words);
        }
        if words.accept("alter") {
            return self.only_adds_column(words);
        }
        if words.accept("insert") {
            let replaces = words.accept("or") && !words.accept("ignore");
            let updates = words
                .after("do")
                .is_some_and(|word| word.eq_ignore_ascii_case("update"));
            return !replaces && !updates;
        }
        words.accept("update") && self.only_fills(words)
    }

    fn only_creates(&mut self, mut words: Words<'_, 'a>) -> bool {
        let may_break_writes = words.accept("unique") || words.accept("trigger");
        if may_break_writes || words.accept("index") {
            let is_new = words
                .after("on")
                .is_some_and(|table| has(&self.tables, table));
            return is_new || !may_break_writes;
        }
        words.accept("virtual");
        if words.accept("table") {
            words.skip_condition();
            self.tables.extend(words.name());
            return true;
        }
        words.accept("view")
    }

    fn only_adds_column(&mut self, mut words: Words<'_, 'a>) -> bool {
        if !words.accept("table") {
            return false;
        }
        let table = words.name();
        if !words.accept("add") {
            return false;
        }
        words.accept("column");
        self.columns.extend(table.zip(words.name()));
        true
    }

    /// Returns whether an `update` sets only columns that the migration has added.
    fn only_fills(&self, mut words: Words<'_, 'a>) -> bool {
        let Some(table) = words.name() else {
            return false;
        };
        if has(&self.tables, table) {
            return true;
        }
        if !words.accept("set") {
            return false;
        }
        let mut depth = 0_usize;
        let mut is_target = true;
        for token in words.0 {
            match token.text {
                // `(a, b) = (…)` sets several columns. This form is not analyzed.
                "(" if is_target => return false,
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                "," if depth == 0 => is_target = true,
                _ if depth == 0
                    && (token.is("where") || token.is("from") || token.is("returning")) =>
                {
                    break;
                }
                _ if is_target => {
                    is_target = false;
                    let is_added = |(of, column): &(&str, &str)| {
                        of.eq_ignore_ascii_case(table) && column.eq_ignore_ascii_case(token.name())
                    };
                    if !self.columns.iter().any(is_added) {
                        return false;
                    }
                }
                _ => {}
            }
        }
        true
    }
}

fn is_code(token: &Token<'_>) -> bool {
    token.kind != Kind::Comment
}

fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The tokens of a statement that are not read yet.
#[derive(Clone, Copy)]
struct Words<'t, 'a>(&'t [Token<'a>]);

impl<'a> Words<'_, 'a> {
    /// If the next token is the keyword, skips the token and returns true. Otherwise, returns false.
    fn accept(&mut self, keyword: &str) -> bool {
        let is_next = self.0.first().is_some_and(|token| token.is(keyword));
        self.0 = &self.0[usize::from(is_next)..];
        is_next
    }

    /// Skips `if not exists`.
    fn skip_condition(&mut self) {
        if self.accept("if") {
            self.accept("not");
            self.accept("exists");
        }
    }

    /// Skips a name and returns it.
    fn name(&mut self) -> Option<&'a str> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first.name())
    }

    /// Returns the name after the first occurrence of a keyword.
    fn after(self, keyword: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|token| token.is(keyword))?;
        self.0.get(at + 1).map(Token::name)
    }
}

#[cfg(test)]
mod tests {
    use super::only_adds;

    #[test]
    fn a_migration_that_only_adds_is_compatible_with_an_older_program() {
        for sql in [
            "",
            "-- a comment",
            "create table if not exists t (x); create unique index t_x on t (x);",
            "create table \"t\" (x); create trigger r after insert on T begin delete from t; end;",
            "create index t_x on t (x); create view v as select 1; create virtual table f using fts5 (x)",
            "alter table t add column x text; alter table t add y int not null default 1",
            "insert into t values (1); insert or ignore into t values (1) on conflict do nothing",
            "alter table t add column x; update t set x = (select 1), X = coalesce(y, 2) where z = 3;",
            "create table t (x); update t set x = 1",
            "-- whippet: compatible nothing reads this table\ndrop table t",
        ] {
            assert!(only_adds(sql), "{sql}");
        }
    }

    #[test]
    fn a_migration_that_changes_or_removes_something_is_not_compatible() {
        for sql in [
            "drop table t",
            "alter table t drop column x",
            "alter table t rename to u",
            "alter table t rename column x to y",
            "create unique index t_x on t (x)",
            "create trigger r after insert on t begin delete from t; end",
            "delete from t",
            "update t set x = 1",
            "alter table t add column x; update t set x = 1, y = 2",
            "alter table t add column x; update u set x = 1",
            "alter table t add column x; update t set (x, y) = (1, 2)",
            "insert or replace into t values (1)",
            "insert into t values (1) on conflict (x) do update set x = 2",
            "replace into t values (1)",
            "pragma defer_foreign_keys = on",
            "create temp table t (x)",
            "/* whippet: incompatible the old program cannot read the new rows */ insert into t values (1)",
        ] {
            assert!(!only_adds(sql), "{sql}");
        }
    }
}
