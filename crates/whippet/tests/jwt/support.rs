//! An app that verifies tokens, and functions that create tokens for this app.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use whippet::extract::Bearer;
use whippet::jwt::JwtVerifier;
use whippet::testing::TestApp;
use whippet::{App, Context, Json, Problem, Secret, State, dependency, get, routes};

pub(crate) const SECRET: &[u8] = b"a secret that has thirty-two bytes or more";

/// 2026-01-01T00:00:00Z, the time at which a `TestApp` starts.
pub(crate) const NOW: i64 = 1_767_225_600;

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

pub(crate) async fn start(jwt: JwtVerifier) -> TestApp {
    TestApp::new(|_| Ok(App::new().state(jwt).routes(routes![whoami]))).await
}

pub(crate) fn hs256() -> JwtVerifier {
    JwtVerifier::hs256(&Secret::new(SECRET)).unwrap()
}

pub(crate) fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub(crate) fn signed(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

pub(crate) fn mac(secret: &[u8], signed: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

/// Returns a token that has these claims and is signed with [`SECRET`].
pub(crate) fn token(claims: &Value) -> String {
    signed(&json!({"alg": "HS256"}), claims, |text| mac(SECRET, text))
}

/// Sends a request with a token. Returns the status of the response, and the `detail` of a problem.
pub(crate) async fn ask(app: &TestApp, token: &str) -> (u16, String) {
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
