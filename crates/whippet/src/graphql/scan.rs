//! Counts the tokens of a document before it is parsed.

use super::Limits;
use super::limits::{LIMIT_EXCEEDED, MAX_NESTING};
use crate::Problem;

/// Rejects a document with too many bytes, tokens or nested brackets, and a document with an unterminated string.
pub(super) fn scan(document: &str, limits: &Limits) -> Result<(), Problem> {
    if document.len() > limits.bytes {
        return Err(exceeded("bytes", limits.bytes));
    }
    let mut rest = document;
    let (mut tokens, mut nesting) = (0, 0_usize);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ' ' | ',' | '\t' | '\r' | '\n' | '\u{feff}' => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
            '#' => {
                rest = &rest[rest.find(['\r', '\n']).unwrap_or(rest.len())..];
                continue;
            }
            '"' => string_length(rest)?,
            '{' | '(' | '[' => {
                nesting += 1;
                1
            }
            '}' | ')' | ']' => {
                nesting = nesting.saturating_sub(1);
                1
            }
            '.' => rest.find(|c| c != '.').unwrap_or(rest.len()),
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        rest = &rest[length..];
        tokens += 1;
        if tokens > limits.tokens {
            return Err(exceeded("tokens", limits.tokens));
        }
        if nesting > MAX_NESTING {
            return Err(exceeded("nested brackets", MAX_NESTING));
        }
    }
    Ok(())
}

/// Creates the problem for an operation that exceeds a limit.
pub(super) fn exceeded(what: &str, limit: usize) -> Problem {
    LIMIT_EXCEEDED.with_detail(format!("the operation has more than {limit} {what}"))
}

/// Whether a character is part of a name or a number.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '+')
}

/// Returns the length of the string at the start of `text`, including the quotation marks.
fn string_length(text: &str) -> Result<usize, Problem> {
    let unterminated = || Problem::bad_request("the document contains an unterminated string");
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut from = 0;
        loop {
            let end = from + block[from..].find("\"\"\"").ok_or_else(unterminated)?;
            if !block[..end].ends_with('\\') {
                return Ok(end + 6);
            }
            from = end + 3;
        }
    }
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '\r' | '\n' => break,
            '"' if !is_escaped => return Ok(at + 1),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    Err(unterminated())
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use proptest::prelude::*;

    use super::{Limits, scan};

    fn rejection(document: &str) -> Option<String> {
        let limits = Limits {
            tokens: 6,
            ..Limits::default()
        };
        scan(document, &limits).err().map(|e| e.to_string())
    }

    #[test]
    fn tokens_are_counted_without_comments_and_commas() {
        let accepted = [
            "{ a(b: 1) }",
            "# } } } } } } }\n,,,,,,, {a b c}",
            r#"{ a(b: "x y z { { \" ") "#,
            r#"{ """ a b c " \""" d e f """ } "#,
            "query($a: [Int!]",
            "",
        ];
        for document in accepted {
            let expected = (document.starts_with("query") || document.contains("(b:")).then_some(
                "400 Bad Request graphql_limit_exceeded: the operation has more than 6 tokens"
                    .to_owned(),
            );
            assert_eq!(rejection(document), expected, "{document}");
        }
        assert_eq!(rejection("{a b c d}"), None);
        assert!(rejection("{a b c d e}").is_some());
        assert!(rejection("{a ... on B {c}}").is_some());
    }

    #[test]
    fn nested_brackets_are_limited() {
        let limits = Limits::default();
        let nested = |levels| "{a".repeat(levels) + &"}".repeat(levels);
        assert!(scan(&nested(64), &limits).is_ok());
        let error = scan(&nested(65), &limits).unwrap_err().to_string();
        assert!(error.ends_with("the operation has more than 64 nested brackets"));
    }

    #[test]
    fn strings_without_an_end_are_rejected() {
        for document in [
            r#"{ a(b: [""" x"]) }"#,
            "{ a(b: \"x",
            "{ a(b: \"x\n\")",
            r#"{ a(b: """x" "#,
        ] {
            let error = scan(document, &Limits::default()).unwrap_err();
            assert_eq!(error.status(), 400, "{document}");
        }
    }

    proptest! {
        #[test]
        fn the_parser_panics_at_no_document_that_was_scanned(
            document in r#"([{}()\[\]:!=@$|.",\\# \r\nuDd8Cab01é]|"""|\\u|\.\.\.|on|query|fragment){0,60}"#
        ) {
            if scan(&document, &Limits::default()).is_ok() {
                drop(parse_query(&document));
            }
        }

        #[test]
        fn the_parser_panics_at_no_string_that_was_scanned(
            text in r#"([",\\ \r\nuDd8Cabtn01é]|"""|\\u|\\"){0,40}"#
        ) {
            let document = format!("{{a(b:{text})}}");
            if scan(&document, &Limits::default()).is_ok() {
                drop(parse_query(&document));
            }
        }
    }
}
