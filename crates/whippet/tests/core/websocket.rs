//! Rejected upgrades. The host suite (`tests/hosts`) tests open sockets.

use whippet::axum::response::Response;
use whippet::testing::{TestApp, block_on};
use whippet::websocket::WebSocketUpgrade;
use whippet::{App, get, routes};

#[get("/socket")]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[test]
fn a_request_without_an_upgrade_gets_the_required_upgrade() {
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
            // Without a key.
            upgrade("websocket", "13"),
            // Without a connection that can be upgraded.
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
