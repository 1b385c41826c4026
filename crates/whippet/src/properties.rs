//! What holds for any input of the parsers that are not public.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::db::split;
use crate::extract::pointer_to;
use crate::host::packed;

/// A statement without a semicolon at its end, with semicolons where they do not count.
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
    // The first word is no comment, so that there is a statement.
    let parts = prop::collection::vec(part, 0..8);
    ("[a-df-z][a-z]{0,7}", parts).prop_map(|(first, parts)| format!("{first} {}", parts.join(" ")))
}

proptest! {
    #[test]
    fn pieces_of_sql_are_parts_of_it_in_order(sql in any::<String>()) {
        let mut from = 0;
        for piece in split(&sql) {
            let at = sql[from..].find(piece);
            prop_assert!(at.is_some() && !piece.is_empty(), "{piece:?}");
            from += at.unwrap_or(0) + piece.len();
        }
    }

    #[test]
    fn statements_joined_by_semicolons_are_split_there(
        statements in prop::collection::vec(statement(), 0..6)
    ) {
        // `trigger` and `create` are their own case: a trigger's body has semicolons.
        prop_assume!(!statements.iter().any(|sql| sql.contains("trigger")));
        let script: String = statements.iter().map(|sql| format!("{sql}\n;\n")).collect();
        let found: Vec<_> = split(&script).collect();
        let expected: Vec<_> = statements.iter().map(|sql| format!("{sql}\n;")).collect();
        prop_assert_eq!(&found, &expected);
        for piece in found {
            prop_assert_eq!(split(piece).collect::<Vec<_>>(), [piece]);
        }
    }

    #[test]
    fn a_pointer_leads_to_the_member_that_it_is_made_for(
        names in prop::collection::vec(any::<String>(), 1..5)
    ) {
        let nested = names.iter().rev().fold(json!("there"), |inner, name| {
            Value::from_iter([(name.clone(), inner)])
        });
        let pointer = names.iter().fold(String::new(), |mut pointer, name| {
            pointer_to(&mut pointer, name);
            pointer
        });
        prop_assert_eq!(nested.pointer(&pointer), Some(&json!("there")));
    }

    #[test]
    fn headers_come_out_as_they_were_packed(
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
    fn any_text_of_the_boundary_is_read(text in any::<String>()) {
        packed::all(text.clone());
        packed::named(&[axum::http::header::ACCEPT, axum::http::header::HOST], text);
    }
}
