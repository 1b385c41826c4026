//! Escapes text for the terminal. Log lines may contain control characters that a client has sent.

use std::iter;

/// Appends `text`, and escapes its control characters as in JSON. Returns the number of characters appended.
pub(super) fn push(out: &mut Vec<u8>, text: &str) -> usize {
    if all(text, |byte| matches!(byte, b' '..=b'~')) {
        return plain(out, text);
    }
    let mut width = 0;
    for char in text.chars() {
        width += match char {
            '\n' => plain(out, "\\n"),
            '\t' => plain(out, "\\t"),
            _ if is_control(char) => plain(out, &format!("\\u{:04x}", u32::from(char))),
            _ => {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                1
            }
        };
    }
    width
}

/// Returns whether `test` is true for every byte of `text`. Tests all bytes, which is faster than stopping at the first
/// mismatch.
pub(super) fn all(text: &str, test: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & test(byte))
}

fn plain(out: &mut Vec<u8>, text: &str) -> usize {
    out.extend_from_slice(text.as_bytes());
    text.len()
}

/// Returns whether `char` can move the cursor, start an escape sequence, or change the direction of the following text.
fn is_control(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns `text` without terminal escape sequences (ECMA-48, section 5.4) and without white space at either end.
pub(super) fn strip(text: &str) -> String {
    visible_chars(text).collect::<String>().trim().to_owned()
}

/// Returns whether `text` contains only escape sequences and white space.
pub(super) fn is_blank(text: &str) -> bool {
    visible_chars(text).all(char::is_whitespace)
}

fn visible_chars(text: &str) -> impl Iterator<Item = char> {
    let mut chars = text.chars();
    iter::from_fn(move || {
        loop {
            match chars.next()? {
                '\u{1b}' if chars.next()? == '[' => {
                    chars.find(|char| matches!(char, '@'..='~'))?;
                }
                '\u{1b}' => {}
                char => return Some(char),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        for (text, shown, width) in [
            ("plain text", "plain text", 10),
            ("Zoë 🎉", "Zoë 🎉", 5),
            ("a\nb\tc", "a\\nb\\tc", 7),
            ("\u{1b}[2J\u{7f}\u{9b}1m", "\\u001b[2J\\u007f\\u009b1m", 23),
            ("\u{202e}txt", "\\u202etxt", 9),
        ] {
            let mut out = Vec::new();
            assert_eq!(push(&mut out, text), width);
            assert_eq!(String::from_utf8(out).expect("UTF-8"), shown);
        }
    }

    #[test]
    fn escape_sequences_are_removed() {
        let marked = "\u{1b}[31m! \u{1b}[41;97mERROR\u{1b}[0m \u{1b}";
        assert_eq!(strip(marked), "! ERROR");
        assert!(is_blank(" \u{1b}[0m\t\u{1b}[1;2m"));
        assert!(!is_blank(" \u{1b}[0m."));
    }
}
