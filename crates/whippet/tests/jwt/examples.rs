//! The examples of RFC 7515.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use whippet::jwt::{JwtKey, JwtVerifier};
use whippet::testing::TestApp;
use whippet::{App, Secret, Timestamp};

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
