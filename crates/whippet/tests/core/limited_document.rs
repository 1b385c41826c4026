//! The description of an operation's limits in the OpenAPI document.

use serde_json::json;

use crate::limited::app;

#[whippet::test]
async fn the_openapi_document_has_the_headers_and_problems_of_the_limits() {
    let document = app().document();
    let orders = &document["paths"]["/orders"];
    let list = &orders["get"];
    let headers = |operation: &serde_json::Value, status: &str| {
        let headers = operation["responses"][status]["headers"].as_object();
        let headers = headers
            .into_iter()
            .flat_map(|headers| headers.keys().cloned());
        headers.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(headers(list, "200"), "RateLimit RateLimit-Policy");
    assert_eq!(headers(list, "429"), "Retry-After");
    assert_eq!(list["security"], json!([{"bearer": []}]));
    let create = &orders["post"];
    assert_eq!(headers(create, "201"), "Idempotent-Replayed Location");
    for status in ["400", "401", "409", "413", "422"] {
        assert!(create["responses"][status].is_object(), "{status}");
    }
    let key = &create["parameters"][0];
    assert_eq!(
        (&key["name"], &key["required"]),
        (&json!("Idempotency-Key"), &json!(false))
    );
    let put = &document["paths"]["/order"]["put"];
    assert_eq!(put["parameters"][0]["required"], true);
    assert!(document["x-problems"]["idempotency_key_missing"].is_object());
    let grouped = &document["paths"]["/grouped"]["get"];
    assert!(grouped["responses"]["429"].is_object());
}
