//! The fuzz targets: each parses an input and checks invariants of the result. `tests/fuzz` runs the fuzz
//! targets with the inputs in `fuzz/seeds`.

use relay::{Secret, sign, verify};
use whippet::axum::http::HeaderMap;
use whippet::axum::http::header::{ACCEPT, AUTHORIZATION, HOST};
use whippet::fuzzing;
use whippet::response::{Order, PageParams};

/// Parses the headers of a request, in the text format in which the Worker's `boundary.js` passes them.
pub fn headers(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let lines = text.split('\n').count();
    let valid = |headers: &HeaderMap| {
        let mut values = headers.values();
        values.all(|value| !value.as_bytes().contains(&b'\r') && !value.as_bytes().contains(&b'\n'))
    };
    let all = fuzzing::headers(None, text.to_owned());
    assert!(all.len() <= lines / 2 && valid(&all));
    let names = [ACCEPT, AUTHORIZATION, HOST];
    let named = fuzzing::headers(Some(&names), text.to_owned());
    assert!(named.keys().all(|name| names.contains(name)) && valid(&named));
}

/// Splits an SQL script into statements.
pub fn sql(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut rest = text;
    for statement in fuzzing::split(text) {
        let at = rest
            .find(statement)
            .expect("each statement is a part of the script, in the order of the script");
        rest = &rest[at + statement.len()..];
        assert_eq!(fuzzing::split(statement), [statement]);
    }
}

/// Decodes the query parameter `iterator` of a list.
pub fn cursor(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let params = || -> PageParams {
        let json = serde_json::json!({"iterator": text, "limit": 1});
        serde_json::from_value(json).expect("parameters")
    };
    const COLUMNS: &[&str] = &["created_at", "id"];
    let Ok(cursor) = params().cursor("list", COLUMNS, Order::Ascending) else {
        return;
    };
    if let Some(key) = cursor.key() {
        let key: serde_json::Value = serde_json::from_str(&key).expect("JSON");
        assert_eq!(key.as_array().map(Vec::len), Some(COLUMNS.len()));
        // Values from the client are bound parameters and never part of the SQL.
        let sql =
            "(created_at, id) > (?1 ->> 0, ?1 ->> 1) order by created_at asc, id asc limit ?2";
        let back =
            "(created_at, id) < (?1 ->> 0, ?1 ->> 1) order by created_at desc, id desc limit ?2";
        assert!([sql, back].contains(&cursor.sql().as_str()));
    }
}

/// Verifies the signatures of a delivery. The first line of the input is the secret, the second line the signatures,
/// and the rest the payload.
pub fn signature(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (secret, signatures, payload) = (part(), part(), part());
    let (Ok(secret), Ok(signatures)) =
        (std::str::from_utf8(secret), std::str::from_utf8(signatures))
    else {
        return;
    };
    let Ok(secret) = secret.parse::<Secret>() else {
        return;
    };
    let correct = sign(&secret, "id", 7, payload);
    let has_correct = signatures.split(' ').any(|signature| signature == correct);
    let verified = verify(&secret, "id", "7", signatures, payload, 7).is_ok();
    assert_eq!(verified, has_correct);
    let among = format!("{signatures} {correct}");
    assert_eq!(verify(&secret, "id", "7", &among, payload, 7), Ok(()));
}
