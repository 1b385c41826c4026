//! Redacts the values of secrets. A secret is recognized by its name.

use std::ops::Range;

/// The placeholder for a redacted value.
pub(crate) const REDACTED: &str = "[redacted]";

/// The placeholder for a redacted number, and for the items of a redacted list.
const QUOTED: &str = "\"[redacted]\"";

/// The names whose values are redacted by default. The value of a field is redacted if this list contains the field's
/// whole name, or the last words of its name. For example, the name `password` matches the fields `password`,
/// `db_password` and `dbPassword`, but not `password_length`.
const DEFAULT_NAMES: [&str; 20] = [
    "authorization",
    "cookie",
    "cookies",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "signing_key",
    "client_key",
    "credential",
    "credentials",
    "jwt",
];

/// The names whose values are redacted: [`DEFAULT_NAMES`] and the names in `LOG_REDACT`.
#[derive(Debug, Default)]
pub(crate) struct SecretNames {
    /// The names in `LOG_REDACT`, in lower case, with `_` between words.
    configured: Vec<String>,
}

impl std::str::FromStr for SecretNames {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = |name: &str| {
            let name = name
                .trim()
                .to_ascii_lowercase()
                .replace(['-', '.', ' '], "_");
            if name.is_empty() {
                return Err(
                    "a name is empty: write names separated by commas, such as `ssn,card_number`",
                );
            }
            Ok(name)
        };
        let configured = text.split(',').map(name).collect::<Result<_, _>>()?;
        Ok(Self { configured })
    }
}

impl SecretNames {
    /// Returns whether the value of `key` is redacted.
    pub(crate) fn contains(&self, key: &str) -> bool {
        let configured = self.configured.iter().map(String::as_str);
        DEFAULT_NAMES
            .into_iter()
            .chain(configured)
            .any(|name| ends_with(key, name))
    }

    /// Redacts the values of secrets in JSON and in the output of `Debug`. A value is a string, a number or a list that
    /// follows the name of a secret, as in `token: Some("…")`, `"cookie": "…"` and `pins: [12, 34]`.
    pub(super) fn redact(&self, text: &mut String) {
        let mut from = 0;
        while let Some(colon) = text[from..].find(':').map(|offset| from + offset) {
            from = colon + 1;
            let Some((value, placeholder)) = value_after(text, from) else {
                continue;
            };
            if self.contains(key_before(text, colon)) {
                from = value.start + placeholder.len();
                text.replace_range(value, placeholder);
            }
        }
    }
}

/// Returns whether `name` is the whole `key` or the last words of `key`.
fn ends_with(key: &str, name: &str) -> bool {
    let key = key.as_bytes();
    let Some(start) = key.len().checked_sub(name.len()) else {
        return false;
    };
    let is_same = |(key_byte, name_byte): (&u8, u8)| match key_byte {
        b'-' | b'.' | b' ' => name_byte == b'_',
        byte => byte.to_ascii_lowercase() == name_byte,
    };
    let starts_a_word = start == 0
        || !key[start - 1].is_ascii_alphanumeric()
        || (key[start].is_ascii_uppercase() && !key[start - 1].is_ascii_uppercase());
    // The comparison starts at the end of `key`, where most keys differ from `name`.
    key[start..].iter().zip(name.bytes()).rev().all(is_same) && starts_a_word
}

/// Returns the name before the colon at the position `colon`, without quotes.
fn key_before(text: &str, colon: usize) -> &str {
    let before = text[..colon].trim_end_matches(['"', '\\', ' ']);
    let is_in_key = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    &before[before.trim_end_matches(is_in_key).len()..]
}

/// Returns the range of the value that follows `position`. Also returns the placeholder for the value. The value is a
/// number, or the contents of a string or of a list. The value may be wrapped, as in `Some("…")` and `Key(3)`.
fn value_after(text: &str, position: usize) -> Option<(Range<usize>, &'static str)> {
    let rest = &text[position..];
    let mut is_in_word = false;
    let first = rest.bytes().position(|byte| {
        // A digit in a word is part of a wrapper's name, as in `Key2("…")`. Any other digit starts a number.
        is_in_word = byte.is_ascii_alphabetic()
            || (is_in_word && byte.is_ascii_alphanumeric())
            || byte == b'_';
        !is_in_word && !matches!(byte, b'(' | b' ' | b'\n' | b'\\' | b'&')
    })?;
    let (start, is_number) = (position + first, rest.as_bytes()[first] == b'-');
    match rest.as_bytes()[first] {
        b'"' => {
            let start = start + 1;
            Some((start..start + string_length(&text[start..]), REDACTED))
        }
        b'[' => {
            let start = start + 1;
            Some((start..start + list_length(&text[start..]), QUOTED))
        }
        byte if byte.is_ascii_digit() || is_number => {
            let is_in_number = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
            let end = text[start..].bytes().position(|byte| !is_in_number(byte));
            let end = end.map_or(text.len(), |length| start + length);
            Some((start..end, QUOTED))
        }
        _ => None,
    }
}

/// Returns the length of a list's contents, up to the closing bracket.
fn list_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(offset) = text[at..].find(['"', '[', ']']) {
        at += offset;
        match text.as_bytes()[at] {
            b'"' => at += 1 + string_length(&text[at + 1..]),
            b'[' => depth += 1,
            _ if depth == 0 => return at,
            _ => depth -= 1,
        }
        at = text.len().min(at + 1);
    }
    text.len()
}

/// Returns the length of a string's contents, up to the closing quote.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::SecretNames;

    #[test]
    fn secret_names_match_the_last_words_of_field_names() {
        let names: SecretNames = "SSN, card-number".parse().expect("names");
        for (key, is_secret) in [
            ("authorization", true),
            ("Authorization", true),
            ("proxy-authorization", true),
            ("http.request.header.cookie", true),
            ("set-cookie", true),
            ("set_cookie", true),
            ("password", true),
            ("db_password", true),
            ("dbPassword", true),
            ("DB_PASSWORD", true),
            ("api_key", true),
            ("api-key", true),
            ("x-api-key", true),
            ("apiKey", true),
            ("accessToken", true),
            ("ssn", true),
            ("card_number", true),
            ("cardnumber", false),
            ("password_length", false),
            ("tokenizer", false),
            ("nontoken", false),
            ("key", false),
            ("monkey", false),
            ("", false),
        ] {
            assert_eq!(names.contains(key), is_secret, "{key}");
        }
        assert!("a,,b".parse::<SecretNames>().is_err());
    }

    #[test]
    fn values_that_follow_secret_names_in_text_are_redacted() {
        let names = SecretNames::default();
        for (text, expected) in [
            (
                r#"{"host": "a", "authorization": "Bearer s3", "cookie": "s=1"}"#,
                r#"{"host": "a", "authorization": "[redacted]", "cookie": "[redacted]"}"#,
            ),
            (
                r#"User { name: "Ada", password: "p\"w", age: 3 }"#,
                r#"User { name: "Ada", password: "[redacted]", age: 3 }"#,
            ),
            (
                r#"New { token: Some("t"), secret: Key(["s"]), api_key: None, n: "x" }"#,
                r#"New { token: Some("[redacted]"), secret: Key(["[redacted]"]), api_key: None, n: "x" }"#,
            ),
            (
                r#"{"user":{"password":"x"}}"#,
                r#"{"user":{"password":"[redacted]"}}"#,
            ),
            ("token: \"cut", "token: \"[redacted]"),
            (
                r#"token: 3, name: "x""#,
                r#"token: "[redacted]", name: "x""#,
            ),
            (
                r#"{"pwd":-1.5e3,"secret":[{"a":["b]"]},4],"token":true,"n":[1]}"#,
                r#"{"pwd":"[redacted]","secret":["[redacted]"],"token":true,"n":[1]}"#,
            ),
            (
                r#"tokens: Some(["a", "b"]), n: 1"#,
                r#"tokens: Some(["[redacted]"]), n: 1"#,
            ),
            (r#"tokens: ["a", "b"#, r#"tokens: ["[redacted]""#),
            (r#"secret: Key2("s")"#, r#"secret: Key2("[redacted]")"#),
            ("secret: Pin(1234)", r#"secret: Pin("[redacted]")"#),
            (
                r#"the secret: it is "no""#,
                r#"the secret: it is "[redacted]""#,
            ),
            ("at 12:30: nothing", "at 12:30: nothing"),
            ("é: \"ü\"", "é: \"ü\""),
        ] {
            let mut redacted = text.to_owned();
            names.redact(&mut redacted);
            assert_eq!(redacted, expected);
        }
    }
}
