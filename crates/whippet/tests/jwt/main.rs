//! JSON Web Tokens, with the feature `jwt`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use p256::ecdsa::{Signature, SigningKey as P256SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use whippet::extract::Bearer;
use whippet::jwt::{JwtKey, JwtVerifier};
use whippet::testing::{Call, TestApp};
use whippet::{App, Context, Json, Problem, Secret, State, Timestamp, dependency, get, routes};

const SECRET: &[u8] = b"a secret that has thirty-two bytes or more";

/// 2026-01-01T00:00:00Z, the time at which a `TestApp` starts.
const NOW: i64 = 1_767_225_600;

#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
struct Claims {
    sub: String,
}

#[dependency]
async fn claims(
    given: Bearer,
    jwt: State<JwtVerifier>,
    context: Context,
) -> Result<Claims, Problem> {
    Ok(jwt.verify(given.token().expose(), &context).await?)
}

#[get("/whoami")]
async fn whoami(claims: Claims) -> Json<Claims> {
    Json(claims)
}

async fn start(jwt: JwtVerifier) -> TestApp {
    TestApp::new(|_| Ok(App::new().state(jwt).routes(routes![whoami]))).await
}

fn hs256() -> JwtVerifier {
    JwtVerifier::hs256(&Secret::new(SECRET)).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn mac(secret: &[u8], signed: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

/// Returns a token with these claims, signed with [`SECRET`].
fn token(claims: &Value) -> String {
    signed(&json!({"alg": "HS256"}), claims, |text| mac(SECRET, text))
}

/// Sends a request with a token. Returns the status of the response, and the `detail` of a problem.
async fn ask(app: &TestApp, token: &str) -> (u16, String) {
    let response = app.get("/whoami").bearer(token).await;
    let detail = response.json()["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if response.status == 401 {
        response.assert_header("www-authenticate", "Bearer error=\"invalid_token\"");
    }
    (response.status.as_u16(), detail)
}

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

/// RFC 7515 appendix A.1.
#[whippet::test]
async fn the_example_of_rfc_7515_is_accepted_until_it_expires() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
        .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
        .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let key =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let key = URL_SAFE_NO_PAD.decode(key).unwrap();
    let jwt = JwtVerifier::hs256(&Secret::new(key)).unwrap().issuer("joe");
    for (now, is_valid) in [(1_300_819_379, true), (1_300_819_441, false)] {
        let now = Timestamp::from_millis(now * 1000);
        let app = TestApp::builder().now(now).start(|_| Ok(App::new())).await;
        let claims: Result<Value, _> = jwt.verify(token, app.context()).await;
        assert_eq!(claims.is_ok(), is_valid, "{claims:?}");
    }
}

/// RFC 7515 appendix A.3.
#[whippet::test]
async fn the_es256_example_of_rfc_7515_is_accepted() {
    let token = "eyJhbGciOiJFUzI1NiJ9\
        .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
        .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let x = decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    let y = decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let key = JwtKey::es256(&[&[4], &*x, &*y].concat()).unwrap();
    let now = Timestamp::from_millis(1_300_819_379_000);
    let app = TestApp::builder().now(now).start(|_| Ok(App::new())).await;
    let claims: Value = JwtVerifier::with_keys([key])
        .verify(token, app.context())
        .await
        .unwrap();
    assert_eq!(claims["iss"], "joe");
}

fn ed25519() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn p256() -> P256SigningKey {
    P256SigningKey::from_slice(&[7; 32]).unwrap()
}

/// Returns tokens for a user, signed with Ed25519 and with P-256.
fn tokens(ids: [&str; 2]) -> [String; 2] {
    let claims = json!({"sub": "ada", "exp": NOW + 9_000});
    let eddsa = signed(&json!({"alg": "EdDSA", "kid": ids[0]}), &claims, |text| {
        ed25519().sign(text).to_bytes().to_vec()
    });
    let es256 = signed(&json!({"alg": "ES256", "kid": ids[1]}), &claims, |text| {
        let signature: Signature = p256().sign(text);
        signature.to_bytes().to_vec()
    });
    [eddsa, es256]
}

#[whippet::test]
async fn a_key_accepts_only_its_algorithm() {
    let eddsa = JwtKey::ed25519(ed25519().verifying_key().as_bytes()).unwrap();
    let app = start(JwtVerifier::with_keys([eddsa])).await;
    let [eddsa, es256] = tokens(["a", "b"]);
    assert_eq!(ask(&app, &eddsa).await.0, 200);
    assert_eq!(ask(&app, &es256).await.0, 401);
    // A token that uses the public key as a secret must not pass.
    let public = ed25519().verifying_key();
    let claims = json!({"sub": "ada", "exp": NOW + 60});
    let forged = signed(&json!({"alg": "HS256"}), &claims, |text| {
        mac(public.as_bytes(), text)
    });
    assert_eq!(ask(&app, &forged).await.0, 401);
    assert!(JwtVerifier::hs256(&Secret::new("short")).is_err());
    assert!(JwtKey::ed25519(&[0; 31]).is_err() && JwtKey::es256(&[4; 65]).is_err());
}

const URL: &str = "https://login.example/jwks.json";

fn key_set() -> Value {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let point = p256().verifying_key().to_encoded_point(false);
    json!({"keys": [
        {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "e", "use": "sig", "x": encode(ed25519().verifying_key().as_bytes())},
        {"kty": "EC", "crv": "P-256", "kid": "p", "x": encode(point.x().unwrap()), "y": encode(point.y().unwrap())},
        {"kty": "OKP", "crv": "Ed25519", "kid": "enc", "use": "enc", "x": encode(ed25519().verifying_key().as_bytes())},
        7,
    ]})
}

#[whippet::test]
async fn a_key_set_is_fetched_once_an_hour_and_for_unknown_keys_once_a_minute() {
    let app = start(JwtVerifier::jwks(URL)).await;
    let [eddsa, es256] = tokens(["e", "p"]);
    app.expect(Call::get(URL)).reply_body(key_set().to_string());
    assert_eq!(ask(&app, &eddsa).await.0, 200);
    assert_eq!(ask(&app, &es256).await.0, 200);
    let [unknown, other_use] = [
        tokens(["x", "p"])[0].clone(),
        tokens(["enc", "p"])[0].clone(),
    ];
    assert_eq!(ask(&app, &unknown).await.0, 401); // no fetch within a minute
    app.advance("61s").await;
    app.expect(Call::get(URL)).reply_body(key_set().to_string());
    assert_eq!(ask(&app, &unknown).await.0, 401);
    assert_eq!(ask(&app, &other_use).await.0, 401);
    app.advance("1h").await;
    app.expect(Call::get(URL)).reply(503);
    assert_eq!(ask(&app, &eddsa).await.0, 200); // the cached keys are still used
    assert_eq!(ask(&app, &eddsa).await.0, 200);
}

#[whippet::test]
async fn without_a_key_set_every_request_gets_a_500() {
    let app = start(JwtVerifier::jwks(URL)).await;
    let [token, _] = tokens(["e", "p"]);
    app.expect(Call::get(URL)).reply(503);
    assert_eq!(ask(&app, &token).await.0, 500);
    app.expect(Call::get(URL)).reply_body("{\"keys\": 7}");
    assert_eq!(ask(&app, &token).await.0, 500);
}
