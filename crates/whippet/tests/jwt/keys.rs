//! Public keys and key sets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use p256::ecdsa::{Signature, SigningKey as P256SigningKey};
use serde_json::{Value, json};
use whippet::Secret;
use whippet::jwt::{JwtKey, JwtVerifier};
use whippet::testing::Call;

use crate::support::{NOW, ask, mac, signed, start};

fn ed25519() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn p256() -> P256SigningKey {
    P256SigningKey::from_slice(&[7; 32]).unwrap()
}

/// Returns two tokens for a user: one is signed with Ed25519, the other with P-256.
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
    // If an attacker uses the public key as an HMAC secret to sign a token, the token must be rejected.
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
