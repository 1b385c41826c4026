//! What is done with an input, and what has to hold then. `tests/fuzz` does it with the seeds.

use relay::{Secret, sign, verify};
use whippet::axum::http::HeaderMap;
use whippet::axum::http::header::{ACCEPT, AUTHORIZATION, HOST};
use whippet::fuzzing;
use whippet::response::{Order, PageParams};

/// The headers of a request, as `entry.js` packs them.
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

/// A script of SQL.
pub fn sql(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut rest = text;
    for statement in fuzzing::split(text) {
        let at = rest
            .find(statement)
            .expect("a part of the script, in order");
        rest = &rest[at + statement.len()..];
        assert_eq!(fuzzing::split(statement), [statement]);
    }
}

/// The iterator of a list.
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
        // What comes from a client is bound, and never a part of the SQL.
        let sql =
            "(created_at, id) > (?1 ->> 0, ?1 ->> 1) order by created_at asc, id asc limit ?2";
        let back =
            "(created_at, id) < (?1 ->> 0, ?1 ->> 1) order by created_at desc, id desc limit ?2";
        assert!([sql, back].contains(&cursor.sql().as_str()));
    }
}

/// A secret and the signatures of a delivery: the first line is the secret, the second the signatures, the rest the payload.
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
    let right = sign(&secret, "id", 7, payload);
    let given = signatures.split(' ').any(|signature| signature == right);
    let verified = verify(&secret, "id", "7", signatures, payload, 7).is_ok();
    assert_eq!(verified, given);
    let among = format!("{signatures} {right}");
    assert_eq!(verify(&secret, "id", "7", &among, payload, 7), Ok(()));
}
