//! Splits SQL into tokens, like SQLite's tokenizer.

/// The kind of a [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `;`
    Semicolon,
    /// A keyword, a name or a number.
    Word,
    /// A string, or a name in quotes or brackets. The text includes the quotes.
    Quoted,
    /// A comment.
    Comment,
    /// Any other character.
    Other,
}

/// A token of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The kind of the token.
    pub kind: Kind,
    /// The text of the token.
    pub text: &'a str,
    /// The byte offset of the token in the SQL.
    pub at: usize,
}

impl<'a> Token<'a> {
    /// Returns whether the token is the keyword, ignoring the case of letters.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Other) && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Returns the name in the token: the whole text of a word, or the text inside the quotes.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self.kind {
            Kind::Quoted => {
                let inner = self.text.get(1..self.text.len().saturating_sub(1));
                inner.unwrap_or_default()
            }
            _ => self.text,
        }
    }
}

/// Returns the tokens of an SQL text, including its comments.
pub fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while sql.as_bytes().get(at).is_some_and(|byte| is_space(*byte)) {
            at += 1;
        }
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = first_token(rest);
        let token = Token {
            kind,
            text: &rest[..length],
            at,
        };
        at += length;
        Some(token)
    })
}

/// For SQLite, only these characters are white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// Returns the kind and the length of the first token in `rest`. `rest` must not be empty.
fn first_token(rest: &str) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let end_of = |needle: &str, from: usize| {
        let found = rest.get(from..).and_then(|rest| rest.find(needle));
        found.map_or(rest.len(), |found| from + found + needle.len())
    };
    match (bytes[0], bytes.get(1)) {
        (b';', _) => (Kind::Semicolon, 1),
        (b'-', Some(b'-')) => (Kind::Comment, end_of("\n", 2)),
        (b'/', Some(b'*')) => (Kind::Comment, end_of("*/", 2)),
        // In SQL, two quotes inside a string stand for one quote. Such a string is split into two tokens here.
        (b'\'', _) => (Kind::Quoted, end_of("'", 1)),
        (b'"', _) => (Kind::Quoted, end_of("\"", 1)),
        (b'`', _) => (Kind::Quoted, end_of("`", 1)),
        (b'[', _) => (Kind::Quoted, end_of("]", 1)),
        (byte, _) if is_word(byte) => {
            let length = bytes.iter().take_while(|byte| is_word(**byte)).count();
            (Kind::Word, length)
        }
        _ => (Kind::Other, 1),
    }
}
