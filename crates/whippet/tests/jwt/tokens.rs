//! Tokens that are malformed or forged.

use serde_json::{Value, json};

use crate::support::{NOW, SECRET, ask, encode, hs256, mac, signed, start, token};

#[whippet::test]
async fn a_token_that_is_malformed_or_forged_is_rejected() {
    let app = start(hs256()).await;
    let claims = json!({"sub": "ada", "exp": NOW + 60});
    let valid = token(&claims);
    let (signed_part, signature) = valid.rsplit_once('.').unwrap();
    let none = format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&claims));
    let with_header = |header: Value| signed(&header, &claims, |text| mac(SECRET, text));
    for (token, detail) in [
        ("abc".to_owned(), "not a signed JSON Web Token"),
        ("a.b".to_owned(), "not a signed JSON Web Token"),
        (
            format!("{valid}.{signature}"),
            "not a signed JSON Web Token",
        ),
        (format!("{valid}="), "not a signed JSON Web Token"),
        (
            format!("{signed_part}."),
            "the signature of the token is wrong",
        ),
        (
            format!("{signed_part}.{}", &signature[..signature.len() - 3]),
            "the signature of the token is wrong",
        ),
        (none, "unknown key or algorithm"),
        (
            with_header(json!({"alg": "HS512"})),
            "unknown key or algorithm",
        ),
        (
            with_header(json!({"alg": "hs256"})),
            "unknown key or algorithm",
        ),
        (with_header(json!({})), "not a signed JSON Web Token"),
        (
            with_header(json!({"alg": "HS256", "crit": ["b64"], "b64": false})),
            "an extension",
        ),
        (
            signed(&json!({"alg": "HS256"}), &claims, |text| {
                mac(b"another secret", text)
            }),
            "signature",
        ),
    ] {
        let (status, actual) = ask(&app, &token).await;
        assert_eq!(status, 401, "{token}");
        assert!(actual.contains(detail), "{token}: {actual}");
    }
}
