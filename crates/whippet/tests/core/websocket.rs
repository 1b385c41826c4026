//! Upgrades that are refused; open sockets are for the suite of the hosts.

use whippet::axum::response::Response;
use whippet::testing::{TestApp, block_on};
use whippet::websocket::WebSocketUpgrade;
use whippet::{App, get, routes};

#[get("/socket")]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[test]
fn a_request_without_an_upgrade_is_told_what_to_ask_for() {
    block_on(async {
        let app = TestApp::new(|_| Ok(App::new().routes(routes![socket]))).await;
        let ask = |upgrade: &str, version: &str| {
            let request = app.get("/socket").header("upgrade", upgrade);
            request
                .header("connection", "upgrade")
                .header("sec-websocket-version", version)
        };
        for request in [
            app.get("/socket"),
            ask("h2c", "13"),
            ask("websocket", "8"),
            // Without a key.
            ask("websocket", "13"),
            // Of no connection that could be upgraded.
            ask("WebSocket", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            let refused = request.await;
            assert_eq!(refused.status, 426);
            assert_eq!(refused.json()["code"], "upgrade_required");
            assert_eq!(refused.header("upgrade"), "websocket");
            assert_eq!(refused.header("sec-websocket-version"), "13");
        }
    });
}
