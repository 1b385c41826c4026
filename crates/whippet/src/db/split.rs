//! Splits SQL text into statements.

/// Returns the statements of an SQL script. Semicolons inside strings, quoted names, comments and trigger bodies do not
/// end a statement.
pub(crate) fn split(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        loop {
            let end = statement_end(rest);
            let (statement, after) = rest.split_at(end);
            rest = after;
            if has_tokens(statement) {
                // SQLite accepts only ASCII characters as white space.
                return Some(statement.trim_ascii());
            }
            if rest.is_empty() {
                return None;
            }
        }
    })
}

/// Returns the end of the first statement: the position after its semicolon, or the end of the text.
fn statement_end(sql: &str) -> usize {
    let mut depth = 0_usize;
    let mut is_trigger = false;
    let mut words = 0;
    for (start, token) in tokens(sql) {
        match token {
            Token::Semicolon if depth == 0 => return start + 1,
            Token::Word(word) => {
                words += 1;
                let word = word.to_ascii_lowercase();
                // A trigger has the form `create [temp] trigger … begin … end`. A `case` expression in a trigger's body
                // also closes with `end`.
                is_trigger |= words <= 3 && word == "trigger";
                match word.as_str() {
                    "begin" | "case" if is_trigger => depth += 1,
                    "end" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            Token::Semicolon | Token::Other => {}
        }
    }
    sql.len()
}

fn has_tokens(statement: &str) -> bool {
    tokens(statement).any(|(_, token)| !matches!(token, Token::Semicolon))
}

enum Token<'a> {
    Semicolon,
    Word(&'a str),
    Other,
}

fn tokens(sql: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let bytes = sql.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let find = |needle: &str, from: usize| {
                sql.get(from..)
                    .and_then(|rest| rest.find(needle))
                    .map_or(sql.len(), |found| from + found + needle.len())
            };
            match *bytes.get(at)? {
                byte if byte.is_ascii_whitespace() => at += 1,
                b'-' if bytes.get(at + 1) == Some(&b'-') => at = find("\n", at),
                b'/' if bytes.get(at + 1) == Some(&b'*') => at = find("*/", at + 2),
                // A doubled quote, which SQL uses as an escape, is read as the end of one string and the start of the
                // next.
                b'\'' => at = find("'", at + 1),
                b'"' => at = find("\"", at + 1),
                b'`' => at = find("`", at + 1),
                b'[' => at = find("]", at),
                b';' => {
                    at += 1;
                    return Some((start, Token::Semicolon));
                }
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                    while bytes
                        .get(at)
                        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    {
                        at += 1;
                    }
                    return Some((start, Token::Word(&sql[start..at])));
                }
                _ => {
                    at += 1;
                    return Some((start, Token::Other));
                }
            }
            if matches!(bytes[start], b'\'' | b'"' | b'`' | b'[') {
                return Some((start, Token::Other));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::split;

    fn statements(sql: &str) -> Vec<&str> {
        split(sql).collect()
    }

    #[test]
    fn semicolons_inside_strings_comments_and_triggers_do_not_end_a_statement() {
        let sql = "create table a (x text default 'a;b'); -- one; two\n/* three; */\ninsert into a values ('it''s;');\n\
            create trigger t after insert on a begin update a set x = case when 1 then 'y;' else 'z' end; delete from a; end;\n\
            create index \"odd;name\" on a (x)";
        let found = statements(sql);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[2].ends_with("end;"), "{found:#?}");
        assert!(found[3].starts_with("create index"), "{found:#?}");
    }

    #[test]
    fn names_that_look_like_keywords_and_operators_that_look_like_comments_do_not_prevent_splitting()
     {
        let steps = "create table steps (trigger text, begin text, [end;] text);";
        let named = "select [end;][e;] from steps;";
        let sql = format!("{steps} {named} select 3 - 1; select 8 / 2; begin; commit");
        let rest = ["select 3 - 1;", "select 8 / 2;", "begin;", "commit"];
        assert_eq!(statements(&sql), [&[steps, named][..], &rest].concat());
    }

    #[test]
    fn comments_and_empty_statements_are_skipped() {
        assert!(statements("").is_empty());
        assert!(statements("-- only a comment;\n ; ;;").is_empty());
        assert!(statements("/* never closed").is_empty());
        assert_eq!(statements(" \u{b}\u{a0} ;"), ["\u{b}\u{a0} ;"]);
        assert_eq!(statements("select 'never closed"), ["select 'never closed"]);
        assert_eq!(
            statements("select 'ä;ö'; select 2"),
            ["select 'ä;ö';", "select 2"]
        );
    }
}
