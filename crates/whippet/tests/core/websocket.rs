//! Tests rejected WebSocket upgrades. The suite in `tests/hosts` covers WebSockets that are opened.

use whippet::axum::response::Response;
use whippet::testing::{TestApp, block_on};
use whippet::websocket::WebSocketUpgrade;
use whippet::{App, get, routes};

#[get("/socket")]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
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
