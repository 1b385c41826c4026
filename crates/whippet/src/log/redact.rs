//! Values that are not shown, by their names.

/// What stands for a value that is not shown.
pub(crate) const REDACTED: &str = "[redacted]";

/// Names, and ends of names, whose values are not shown: `password`, `db_password` and `dbPassword`, not `password_length`.
const NAMES: [&str; 20] = [
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

/// The names of this program.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Beside [`NAMES`]; in lower case, with `_` between words.
    more: Vec<String>,
}

impl std::str::FromStr for Names {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = |name: &str| {
            let name = name
                .trim()
                .to_ascii_lowercase()
                .replace(['-', '.', ' '], "_");
            if name.is_empty() {
                return Err("a name is missing: list names as in `ssn,card_number`");
            }
            Ok(name)
        };
        let more = text.split(',').map(name).collect::<Result<_, _>>()?;
        Ok(Self { more })
    }
}

impl Names {
    /// Whether the value of `key` is not shown.
    pub(crate) fn hide(&self, key: &str) -> bool {
        let more = self.more.iter().map(String::as_str);
        NAMES
            .into_iter()
            .chain(more)
            .any(|name| ends_with(key, name))
    }

    /// Replaces values in text that show their names, as `Debug` and JSON do: `token: Some("…")`, `"cookie": "…"`.
    pub(super) fn hide_within(&self, text: &mut String) {
        let mut from = 0;
        while let Some(colon) = text[from..].find(':').map(|at| from + at) {
            from = colon + 1;
            let Some(value) = value_after(text, from) else {
                continue;
            };
            if self.hide(key_before(text, colon)) {
                let end = value + length(&text[value..]);
                text.replace_range(value..end, REDACTED);
                from = value + REDACTED.len();
            }
        }
    }
}

/// Whether `key` ends with `name`, which is all of it or begins a word of it.
fn ends_with(key: &str, name: &str) -> bool {
    let key = key.as_bytes();
    let Some(start) = key.len().checked_sub(name.len()) else {
        return false;
    };
    let same = |(of_key, of_name): (&u8, u8)| match of_key {
        b'-' | b'.' | b' ' => of_name == b'_',
        byte => byte.to_ascii_lowercase() == of_name,
    };
    let begins_a_word = start == 0
        || !key[start - 1].is_ascii_alphanumeric()
        || (key[start].is_ascii_uppercase() && !key[start - 1].is_ascii_uppercase());
    // Most keys differ in their last letters already.
    key[start..].iter().zip(name.bytes()).rev().all(same) && begins_a_word
}

/// The name in front of the colon at `colon`, without its quotes.
fn key_before(text: &str, colon: usize) -> &str {
    let before = text[..colon].trim_end_matches(['"', '\\', ' ']);
    let is_in_key = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    &before[before.trim_end_matches(is_in_key).len()..]
}

/// Where the contents of the string begin that `at` is in front of, if it is: `"…"`, `Some("…")`, and `[Key("…")]` too.
fn value_after(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let quote = rest.find(['"', ',', ':', '}', ')', '{', '='])?;
    let is_wrapper = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'(' | b'[' | b'_' | b' ' | b'\n' | b'\\' | b'&')
    };
    let is_value = rest[quote..].starts_with('"') && rest[..quote].bytes().all(is_wrapper);
    is_value.then_some(at + quote + 1)
}

/// How long the contents of a string are.
fn length(text: &str) -> usize {
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
    use super::Names;

    #[test]
    fn values_are_hidden_by_the_last_words_of_their_names() {
        let names: Names = "SSN, card-number".parse().expect("names");
        for (key, is_hidden) in [
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
            assert_eq!(names.hide(key), is_hidden, "{key}");
        }
        assert!("a,,b".parse::<Names>().is_err());
    }

    #[test]
    fn values_are_hidden_in_text_that_names_them() {
        let names = Names::default();
        for (text, shown) in [
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
            (r#"token: 3, name: "x""#, r#"token: 3, name: "x""#),
            (
                r#"the secret: it is "no""#,
                r#"the secret: it is "[redacted]""#,
            ),
            ("at 12:30: nothing", "at 12:30: nothing"),
            ("é: \"ü\"", "é: \"ü\""),
        ] {
            let mut written = text.to_owned();
            names.hide_within(&mut written);
            assert_eq!(written, shown);
        }
    }
}
