//! Splits the text of a query at its parameters, braces and semicolons. The rest is SQL, which SQLite parses.

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// SQL without parameters and braces.
    Text(&'a str),
    /// `?`, or `?3` with the number 3.
    Numbered(Option<usize>),
    /// `:name`.
    Named(&'a str),
    Open,
    Close,
    Semicolon,
}

/// Splits the text of a query. Parameters, braces and semicolons have no special meaning inside a string, a quoted name
/// or a comment.
///
/// # Errors
///
/// Returns an error for a parameter such as `@name` or `?0`.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token<'_>>, String> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let rest = &sql[at..];
        let skipped = skipped(rest);
        if skipped > 0 {
            at += skipped;
            continue;
        }
        let word = rest.get(1..).map_or("", word);
        let token = match bytes[at] {
            b'?' => {
                let digits = rest[1..].len()
                    - rest[1..]
                        .trim_start_matches(|c: char| c.is_ascii_digit())
                        .len();
                let number = number(&rest[1..=digits])?;
                Some((Token::Numbered(number), 1 + digits))
            }
            b':' if !word.is_empty() => Some((Token::Named(word), 1 + word.len())),
            sign @ (b'@' | b'$') if !word.is_empty() => {
                return Err(format!(
                    "the parameter `{}{word}` must be written `:{word}`",
                    char::from(sign)
                ));
            }
            b'{' => Some((Token::Open, 1)),
            b'}' => Some((Token::Close, 1)),
            b';' => Some((Token::Semicolon, 1)),
            _ => None,
        };
        match token {
            Some((token, length)) => {
                if start < at {
                    tokens.push(Token::Text(&sql[start..at]));
                }
                tokens.push(token);
                at += length;
                start = at;
            }
            None => at += length(rest),
        }
    }
    if start < at {
        tokens.push(Token::Text(&sql[start..]));
    }
    Ok(tokens)
}

/// If the text starts with a string, a quoted name or a comment, returns its length in bytes. Returns 0 if the text
/// starts with none of these.
fn skipped(rest: &str) -> usize {
    let until = |end: &str, from: usize| {
        let found = rest.get(from..).and_then(|rest| rest.find(end));
        found.map_or(rest.len(), |found| from + found + end.len())
    };
    match rest.as_bytes() {
        [b'-', b'-', ..] => until("\n", 2),
        [b'/', b'*', ..] => until("*/", 2),
        // In SQL, two quotes inside a string stand for one quote. Such a string is read as two strings here.
        [b'\'', ..] => until("'", 1),
        [b'"', ..] => until("\"", 1),
        [b'`', ..] => until("`", 1),
        [b'[', ..] => until("]", 1),
        _ => 0,
    }
}

/// Returns the length of the word at the start of the text, or of the first character if the text does not start with a
/// word.
fn length(rest: &str) -> usize {
    let word = word(rest);
    let char = rest.chars().next().map_or(1, char::len_utf8);
    word.len().max(char)
}

/// Returns the name or number at the start of the text.
fn word(rest: &str) -> &str {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
    &rest[..end]
}

fn number(digits: &str) -> Result<Option<usize>, String> {
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse() {
        Ok(number @ 1..=100) => Ok(Some(number)),
        _ => Err(format!(
            "the parameter `?{digits}` must have a number from 1 to 100"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    #[test]
    fn parameters_inside_strings_names_and_comments_are_text() {
        let sql = "select ':a', \"?1\", [:b] -- :c\n, /* {?2} */ `x;` from t where y = :y and z = ?12 and w=?";
        let found = tokens(sql).expect("tokens");
        let parameters: Vec<_> = found
            .iter()
            .filter(|token| !matches!(token, Token::Text(_)))
            .collect();
        assert_eq!(
            parameters,
            [
                &Token::Named("y"),
                &Token::Numbered(Some(12)),
                &Token::Numbered(None)
            ]
        );
    }

    #[test]
    fn braces_and_semicolons_are_tokens() {
        let found = tokens("a{b :c}d;").expect("tokens");
        assert_eq!(
            found,
            [
                Token::Text("a"),
                Token::Open,
                Token::Text("b "),
                Token::Named("c"),
                Token::Close,
                Token::Text("d"),
                Token::Semicolon,
            ]
        );
    }

    #[test]
    fn other_kinds_of_parameters_are_rejected() {
        for (sql, error) in [
            ("select @a", "the parameter `@a` must be written `:a`"),
            (
                "select ?0",
                "the parameter `?0` must have a number from 1 to 100",
            ),
            (
                "select ?101",
                "the parameter `?101` must have a number from 1 to 100",
            ),
        ] {
            assert_eq!(tokens(sql), Err(error.to_owned()), "{sql}");
        }
    }
}
