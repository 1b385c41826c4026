//! Authentication of API requests.

use serde_json::json;

use crate::support::app::unique;
use crate::support::host::Host;

pub(crate) fn only_the_whole_api_key_is_accepted(host: Host) {
    let api = host.api();
    let key = host.server().key();
    let invalid = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer wrong".to_owned(),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {key}x"),
        format!("Bearer {key} {key}"),
        format!("Bearer {}", key.to_uppercase()),
        key.to_owned(),
        format!("Basic {key}"),
        format!("Token {key}"),
    ];
    let requests = [
        ("GET", "/api/v1/app"),
        ("POST", "/api/v1/app"),
        ("DELETE", "/api/v1/app/app_x"),
        ("GET", "/api/v1/app/app_x/endpoint/ep_x/secret"),
        ("POST", "/api/v1/app/app_x/msg"),
        ("GET", "/api/v1/app/app_x/attempt/msg/msg_x"),
    ];
    for (method, path) in requests {
        let without = api.call(method, path).without_key().send();
        let rejected = invalid.iter().map(|value| {
            let call = api.call(method, path).header("authorization", value);
            (value.as_str(), call.send())
        });
        for (value, response) in rejected.chain([("none", without)]) {
            response.problem(401);
            let challenge = response.header("www-authenticate");
            assert!(challenge.starts_with("Bearer"), "{value:?}: {response:?}");
        }
    }
    api.get("/api/v1/app").expect(200);
}

/// The name of the authentication scheme is case-insensitive. One or more spaces follow the name (RFC 9110 sections
/// 11.1 and 11.4).
pub(crate) fn the_authorization_scheme_is_case_insensitive(host: Host) {
    for scheme in ["bearer ", "Bearer  ", "BEARER   "] {
        let value = format!("{scheme}{}", host.server().key());
        host.api()
            .get("/api/v1/app")
            .header("authorization", &value)
            .expect(200);
    }
}

pub(crate) fn a_request_without_the_key_writes_nothing(host: Host) {
    let uid = unique("unauthorized");
    let new = json!({"name": "No key", "uid": uid});
    host.api()
        .post("/api/v1/app", new)
        .without_key()
        .send()
        .problem(401);
    host.api()
        .get(&format!("/api/v1/app/{uid}"))
        .send()
        .problem(404);
}
