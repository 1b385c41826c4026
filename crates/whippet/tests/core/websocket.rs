//! Tests rejected WebSocket upgrades. The tests in `tests/hosts` cover upgrades that succeed.

use whippet::axum::response::Response;
use whippet::testing::{TestApp, block_on};
use whippet::websocket::WebSocketUpgrade;
use whippet::{App, get, routes};

#[get("/socket")]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[test]
fn the_document_has_the_responses_of_hosts_with_and_without_websockets() {
    let document = App::new().routes(routes![socket]).document();
    let responses = &document["paths"]["/socket"]["get"]["responses"];
    let statuses: Vec<_> = responses.as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["101", "426", "501", "default"]);
    let problems = document["x-problems"].as_object().unwrap();
    for code in ["upgrade_required", "not_implemented"] {
        assert!(problems.contains_key(code), "{code}");
    }
}

#[test]
fn a_request_that_cannot_be_upgraded_gets_a_426_with_the_required_upgrade() {
    block_on(async {
        let app = TestApp::new(|_| Ok(App::new().routes(routes![socket]))).await;
        let upgrade = |upgrade: &str, version: &str| {
            let request = app.get("/socket").header("upgrade", upgrade);
            request
                .header("connection", "upgrade")
                .header("sec-websocket-version", version)
        };
        for request in [
            app.get("/socket"),
            upgrade("h2c", "13"),
            upgrade("websocket", "8"),
            // This request has no header `Sec-WebSocket-Key`.
            upgrade("websocket", "13"),
            // This request is valid, but the test app has no connection that can be upgraded.
            upgrade("WebSocket", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            let rejected = request.await;
            assert_eq!(rejected.status, 426);
            assert_eq!(rejected.json()["code"], "upgrade_required");
            assert_eq!(rejected.header("upgrade"), "websocket");
            assert_eq!(rejected.header("sec-websocket-version"), "13");
        }
    });
}
