//! Paths that end with a slash. Svix's SDKs before version 1.12 send such paths.

use serde_json::json;

use crate::support::Relay;

#[whippet::test]
async fn slashes_at_the_end_of_every_path_are_ignored() {
    let relay = Relay::with_endpoint().await;
    let message = relay.message(json!({})).await;
    for path in [
        "/api/v1/app".to_owned(),
        "/api/v1/app/acme".to_owned(),
        "/api/v1/app/acme/endpoint".to_owned(),
        "/api/v1/app/acme/endpoint/hook".to_owned(),
        "/api/v1/app/acme/endpoint/hook/secret".to_owned(),
        "/api/v1/app/acme/msg".to_owned(),
        format!("/api/v1/app/acme/msg/{message}"),
        format!("/api/v1/app/acme/attempt/msg/{message}"),
        "/api/v1/app/acme/attempt/endpoint/hook".to_owned(),
        "/openapi.json".to_owned(),
        "/healthz".to_owned(),
        "/readyz".to_owned(),
        "/problems/validation".to_owned(),
    ] {
        let get = async |path: &str| {
            let request = relay.request(whippet::axum::http::Method::GET, path);
            request.bearer(crate::support::KEY).await
        };
        let expected = get(&path).await;
        assert_eq!(expected.status, 200, "{path}");
        for slashes in ["/", "//", "/?limit=1", "?limit=1"] {
            let response = get(&format!("{path}{slashes}")).await;
            assert_eq!(response.status, 200, "{path}{slashes}");
        }
        assert_eq!(get(&format!("{path}/")).await.text(), expected.text());
    }
    relay
        .create("/app/", json!({"name": "x", "uid": "x"}))
        .await;
    relay
        .create("/app/x/endpoint/", json!({"url": "https://a.example"}))
        .await;
    let message = json!({"eventType": "a", "payload": {}});
    relay.create("/app/x/msg/", message).await;
    assert_eq!(relay.delete("/app/x/").await.status, 204);
    assert_eq!(relay.get("/app//acme").await.status, 404);
    assert_eq!(relay.get("/").await.status, 404);
}
