//! The claims that are checked.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{NOW, ask, hs256, start, token};

#[whippet::test]
async fn a_valid_token_is_accepted() {
    let app = start(hs256()).await;
    let token = token(&json!({"sub": "ada", "exp": NOW + 60, "nbf": NOW, "iat": NOW}));
    let response = app.get("/whoami").bearer(&token).await;
    response
        .assert_status(200)
        .assert_json(json!({"sub": "ada"}));
}

#[whippet::test]
async fn the_claims_are_checked() {
    let cases = [
        (json!({"sub": "a"}), "the token has no claim `exp`"),
        (
            json!({"sub": "a", "exp": NOW - 60}),
            "the token has expired",
        ),
        (json!({"sub": "a", "exp": NOW - 59}), ""),
        (json!({"sub": "a", "exp": NOW as f64 - 59.5}), ""),
        (
            json!({"sub": "a", "exp": NOW + 9, "nbf": NOW + 61}),
            "the token is not valid yet",
        ),
        (json!({"sub": "a", "exp": NOW + 9, "nbf": NOW + 60}), ""),
        (
            json!({"sub": "a", "exp": NOW + 9, "aud": "other"}),
            "the token is meant for another audience",
        ),
        (
            json!({"exp": NOW + 9}),
            "the claims of the token are not valid: missing field `sub` at line 1 column 18",
        ),
        (json!({"sub": "a", "exp": "soon"}), "invalid type"),
    ];
    let app = start(hs256()).await;
    for (claims, detail) in cases {
        let (status, actual) = ask(&app, &token(&claims)).await;
        assert_eq!(
            status,
            if detail.is_empty() { 200 } else { 401 },
            "{claims}: {actual}"
        );
        assert!(actual.contains(detail), "{claims}: {actual}");
    }
    let strict = hs256()
        .leeway(Duration::ZERO)
        .issuer("https://login")
        .audience("api");
    let app = start(strict).await;
    let with = |issuer: Value, audience: Value, expires: i64| json!({"sub": "a", "iss": issuer, "aud": audience, "exp": expires});
    for (claims, detail) in [
        (with(json!("https://login"), json!("api"), NOW + 1), ""),
        (
            with(json!("https://login"), json!(["other", "api"]), NOW + 1),
            "",
        ),
        (
            with(json!("https://login"), json!("api"), NOW),
            "the token has expired",
        ),
        (
            with(json!("https://other"), json!("api"), NOW + 1),
            "another issuer",
        ),
        (with(Value::Null, json!("api"), NOW + 1), "another issuer"),
        (
            with(json!("https://login"), json!([]), NOW + 1),
            "another audience",
        ),
        (
            with(json!("https://login"), Value::Null, NOW + 1),
            "another audience",
        ),
    ] {
        let (status, actual) = ask(&app, &token(&claims)).await;
        assert_eq!(
            status,
            if detail.is_empty() { 200 } else { 401 },
            "{claims}: {actual}"
        );
        assert!(actual.contains(detail), "{claims}: {actual}");
    }
}
