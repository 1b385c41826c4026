//! Splits SQL text into statements.

use crate::token::{Kind, Token, tokens};

/// A statement of an SQL script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The text of the statement, from its first token to its semicolon, or to the end of the script.
    pub sql: &'a str,
    /// The byte offset at which the previous statement ends. The comments and the white space before the statement
    /// start here.
    pub start: usize,
    /// The byte offset at which the statement ends.
    pub end: usize,
    /// The number of the line with the statement's first token. The first line is line 1.
    pub line: usize,
}

/// Returns the statements of an SQL script. As in SQLite's function `sqlite3_complete`, a statement ends at a
/// semicolon, but not at one inside a string, a quoted name, a comment or the body of a trigger.
pub fn statements(sql: &str) -> impl Iterator<Item = Statement<'_>> {
    let (mut at, mut line, mut start) = (0, 1, 0);
    std::iter::from_fn(move || {
        loop {
            let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
            let (first, end) = first_statement(rest);
            at += end;
            let Some(first) = first else {
                line += lines(&rest[..end]);
                continue;
            };
            let statement = Statement {
                sql: trim_end(&rest[first..end]),
                start,
                end: at,
                line: line + lines(&rest[..first]),
            };
            line += lines(&rest[..end]);
            start = at;
            return Some(statement);
        }
    })
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Removes white space at the end. For SQLite, only these characters are white space.
fn trim_end(statement: &str) -> &str {
    statement.trim_end_matches([' ', '\t', '\n', '\x0c', '\r'])
}

/// What precedes the next token. These are the states of `sqlite3_complete` (SQLite's `complete.c`).
#[derive(Clone, Copy)]
enum State {
    Start,
    Normal,
    Explain,
    Create,
    Trigger,
    /// After a semicolon in the body of a trigger.
    Semicolon,
    /// After the word `end` that follows a semicolon in the body of a trigger.
    End,
}

/// Returns where the first statement starts and ends. The start is the position of its first token, or `None` if the
/// statement is empty. The end is the position after its semicolon, or the end of the text.
fn first_statement(sql: &str) -> (Option<usize>, usize) {
    let mut state = State::Start;
    let mut first = None;
    for token in tokens(sql).filter(|token| token.kind != Kind::Comment) {
        let is_in_trigger = matches!(state, State::Trigger | State::Semicolon);
        if token.kind == Kind::Semicolon && !is_in_trigger {
            return (first, token.at + 1);
        }
        first.get_or_insert(token.at);
        state = next(state, &token);
    }
    (first, sql.len())
}

fn next(state: State, token: &Token<'_>) -> State {
    match state {
        State::Start | State::Explain if token.is("create") => State::Create,
        State::Start if token.is("explain") => State::Explain,
        // There can be words between `explain` and `create`, as in `explain query plan create trigger`.
        State::Explain if !token.is("explain") => State::Explain,
        State::Create if token.is("temp") || token.is("temporary") => State::Create,
        State::Create if token.is("trigger") => State::Trigger,
        State::Trigger | State::Semicolon if token.kind == Kind::Semicolon => State::Semicolon,
        State::Semicolon if token.is("end") => State::End,
        State::Trigger | State::Semicolon | State::End => State::Trigger,
        State::Start | State::Normal | State::Explain | State::Create => State::Normal,
    }
}

#[cfg(test)]
mod tests {
    use super::statements;

    fn split(sql: &str) -> Vec<&str> {
        statements(sql).map(|statement| statement.sql).collect()
    }

    #[test]
    fn semicolons_inside_strings_comments_and_triggers_do_not_end_a_statement() {
        let sql = "create table a (x text default 'a;b'); -- one; two\n/* three; */\ninsert into a values ('it''s;');\n\
            create trigger t after insert on a begin update a set x = case when 1 then 'y;' else 'z' end; delete from a; end;\n\
            create index \"odd;name\" on a (x)";
        let found = split(sql);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[2].ends_with("end;"), "{found:#?}");
        assert!(found[3].starts_with("create index"), "{found:#?}");
    }

    #[test]
    fn columns_that_are_named_like_keywords_do_not_change_the_end_of_a_trigger() {
        for body in [
            "update a set x = new.end; delete from a where x = old.begin",
            "insert into a values (new.begin); update a set x = case new.case when 1 then new.end end",
            "select raise(abort, 'end;') where new.\"end\" = 1; update a set end = 1",
        ] {
            let trigger = format!("create temp trigger t after insert on a begin {body}; END ;");
            let sql = format!("{trigger} select 1; select 2");
            assert_eq!(split(&sql), [trigger.as_str(), "select 1;", "select 2"]);
        }
    }

    #[test]
    fn names_that_look_like_keywords_and_operators_that_look_like_comments_do_not_prevent_splitting()
     {
        let steps = "create table steps (trigger text, begin text, [end;] text);";
        let named = "select [end;][e;] from steps;";
        let sql = format!("{steps} {named} select 3 - 1; select 8 / 2; begin; commit; end");
        let rest = ["select 3 - 1;", "select 8 / 2;", "begin;", "commit;", "end"];
        assert_eq!(split(&sql), [&[steps, named][..], &rest].concat());
        let explained = "explain create trigger t after insert on a begin select 1; end;";
        assert_eq!(split(explained), [explained]);
    }

    #[test]
    fn comments_and_empty_statements_are_skipped() {
        assert!(split("").is_empty());
        assert!(split("-- only a comment;\n ; ;;").is_empty());
        assert!(split("/* never closed").is_empty());
        assert_eq!(split(" \u{b}\u{a0} ;"), ["\u{b}\u{a0} ;"]);
        assert_eq!(split("select 'never closed"), ["select 'never closed"]);
        assert_eq!(
            split("select 'ä;ö'; select 2"),
            ["select 'ä;ö';", "select 2"]
        );
    }

    #[test]
    fn a_statement_has_the_line_of_its_first_token() {
        let sql = "-- one\nselect 1;\n\n;\n/* a\nb */ select\n 2; select 3;\n";
        let lines: Vec<_> = statements(sql).map(|statement| statement.line).collect();
        assert_eq!(lines, [2, 6, 7]);
    }
}
