//! Property tests of parsers that are private to this crate.

use proptest::prelude::*;
use serde_json::{Value, json};
use whippet_migrations::statements;

use crate::extract::push_token;
use crate::host::packed;

fn split(sql: &str) -> impl Iterator<Item = &str> {
    statements(sql).map(|statement| statement.sql)
}

/// Generates SQL statements. Strings, quoted names and comments may contain semicolons, but no statement ends with one.
fn statement() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z_]{1,8}",
        "[0-9]{1,4}",
        "'[^']{0,8}'",
        "\"[^\"]{0,8}\"",
        "`[^`]{0,8}`",
        "\\[[^\\]]{0,8}\\]",
        "/\\*[^*/]{0,8}\\*/",
        "--[^\n]{0,8}\n",
        "[(),.=<>+*?]",
    ];
    // Each statement starts with a word, so that no statement consists only of comments.
    let parts = prop::collection::vec(part, 0..8);
    ("[a-df-z][a-z]{0,7}", parts).prop_map(|(first, parts)| format!("{first} {}", parts.join(" ")))
}

proptest! {
    #[test]
    fn split_statements_occur_in_the_script_in_the_same_order(sql in any::<String>()) {
        let mut from = 0;
        for statement in split(&sql) {
            let offset = sql[from..].find(statement);
            prop_assert!(offset.is_some() && !statement.is_empty(), "{statement:?}");
            from += offset.unwrap_or(0) + statement.len();
        }
    }

    #[test]
    fn a_script_is_split_at_the_semicolons_between_statements(
        statements in prop::collection::vec(statement(), 0..6)
    ) {
        // Skips scripts with triggers, because semicolons in the body of a trigger do not end a statement.
        prop_assume!(!statements.iter().any(|sql| sql.contains("trigger")));
        let script: String = statements.iter().map(|sql| format!("{sql}\n;\n")).collect();
        let found: Vec<_> = split(&script).collect();
        let expected: Vec<_> = statements.iter().map(|sql| format!("{sql}\n;")).collect();
        prop_assert_eq!(&found, &expected);
        for statement in found {
            prop_assert_eq!(split(statement).collect::<Vec<_>>(), [statement]);
        }
    }

    #[test]
    fn a_pointer_resolves_to_the_field_that_it_was_created_for(
        names in prop::collection::vec(any::<String>(), 1..5)
    ) {
        let nested = names.iter().rev().fold(json!("there"), |inner, name| {
            Value::from_iter([(name.clone(), inner)])
        });
        let pointer = names.iter().fold(String::new(), |mut pointer, name| {
            push_token(&mut pointer, name);
            pointer
        });
        prop_assert_eq!(nested.pointer(&pointer), Some(&json!("there")));
    }

    #[test]
    fn packed_headers_are_unpacked_unchanged(
        headers in prop::collection::vec(("[a-z][a-z0-9-]{0,12}", "[ -~é]{0,20}"), 0..8)
    ) {
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}\n{value}")).collect();
        let all = packed::all(lines.join("\n"));
        prop_assert_eq!(all.len(), headers.len());
        for (name, value) in &headers {
            let mut values = all.get_all(name.as_str()).iter();
            prop_assert!(values.any(|found| found.as_bytes() == value.as_bytes()), "{}", name);
        }
    }

    #[test]
    fn unpacking_any_text_does_not_panic(text in any::<String>()) {
        packed::all(text.clone());
        packed::named(&[axum::http::header::ACCEPT, axum::http::header::HOST], text);
    }
}
