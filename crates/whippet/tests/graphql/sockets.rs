//! Requests to open a WebSocket. A `TestApp` has no connection to upgrade, so only the host tests open a WebSocket.

use whippet::graphql::Limits;
use whippet::testing::{TestApp, TestResponse};

use crate::kit::{app, start};

async fn open(app: &TestApp, origin: Option<&str>) -> TestResponse {
    let mut request = app
        .get("/graphql")
        .header("host", "api.example")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "graphql-transport-ws");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.await
}

#[whippet::test]
async fn a_page_of_another_site_gets_403() {
    let app = start(Limits::default(), 1).await;
    let other = open(&app, Some("https://evil.example")).await;
    other.assert_problem(403, "origin_not_allowed");
    // A request with an allowed origin passes the check. It fails later, because a test has no connection to upgrade.
    for origin in [None, Some("https://api.example")] {
        open(&app, origin)
            .await
            .assert_problem(426, "upgrade_required");
    }
}

#[whippet::test]
async fn the_document_has_the_responses_to_an_upgrade() {
    let document = app(Limits::default()).document();
    let responses = &document["paths"]["/graphql"]["get"]["responses"];
    for status in ["101", "403", "426", "501"] {
        assert!(responses[status].is_object(), "{status}");
    }
}
