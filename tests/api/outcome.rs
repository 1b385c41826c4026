//! The outcome of a delivery, which depends on the response of the receiver.

use serde_json::json;
use whippet::FetchResponse;
use whippet::axum::http::StatusCode;

use crate::support::Relay;

#[whippet::test]
async fn only_a_2xx_response_is_a_success() {
    for (status, succeeds) in [
        (200, true),
        (201, true),
        (204, true),
        (299, true),
        (301, false),
        (302, false),
        (304, false),
        (307, false),
        (400, false),
        (404, false),
        (429, false),
        (500, false),
        (503, false),
        (599, false),
    ] {
        let relay = Relay::with_endpoint().await;
        relay.respond_status(StatusCode::from_u16(status).unwrap());
        let message = relay.message(json!({})).await;
        relay.run_tasks().await;
        let list = relay
            .read(&format!("/app/acme/attempt/msg/{message}"))
            .await;
        let attempt = &list["data"][0];
        assert_eq!(attempt["responseStatusCode"], status);
        let expected = if succeeds { "success" } else { "fail" };
        assert_eq!(attempt["statusText"], expected, "{status}");
        assert_eq!(relay.tasks().await.is_empty(), succeeds, "{status}");
        assert_eq!(relay.take_sent().len(), 1, "{status}");
    }
}

#[whippet::test]
async fn a_success_ends_the_delivery() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::BAD_GATEWAY);
    relay.message(json!({})).await;
    relay.run_next_task().await;
    relay.respond_status(StatusCode::OK);
    relay.run_next_task().await;
    assert_eq!(relay.take_sent().len(), 2);
    assert!(relay.tasks().await.is_empty());
    assert_eq!(relay.run_next_task().await, None);
}

#[whippet::test]
async fn a_410_disables_the_endpoint_and_ends_its_deliveries() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    relay.run_next_task().await;
    relay.respond_status(StatusCode::GONE);
    let message = relay.message(json!({})).await;
    relay.run_tasks().await;
    let endpoint = relay.read("/app/acme/endpoint/hook").await;
    assert_eq!(endpoint["disabled"], true);
    let list = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    assert_eq!(list["data"][0]["responseStatusCode"], 410);

    relay.take_sent();
    relay.message(json!({})).await;
    relay.run_next_task().await;
    assert!(relay.take_sent().is_empty());
    let states: Vec<_> = relay
        .tasks()
        .await
        .into_iter()
        .map(|task| task.state)
        .collect();
    assert_eq!(states, ["dead"]);
}

/// Delivers a message to an endpoint that responds with `body`, and returns the stored response.
async fn stored_response(body: Vec<u8>) -> String {
    let relay = Relay::with_endpoint().await;
    relay.respond(move |_| {
        Ok(FetchResponse {
            status: StatusCode::OK,
            headers: Default::default(),
            body: body.clone().into(),
        })
    });
    let message = relay.message(json!({})).await;
    relay.run_tasks().await;
    let list = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    crate::support::text(&list["data"][0]["response"])
}

#[whippet::test]
async fn a_stored_response_has_at_most_16_kib_and_no_partial_character() {
    const LIMIT: usize = 16 * 1024;
    let ascii = |length| vec![b'a'; length];
    for (body, expected) in [
        (ascii(LIMIT), "a".repeat(LIMIT)),
        (
            [ascii(LIMIT - 2), "é".into()].concat(),
            "a".repeat(LIMIT - 2) + "é",
        ),
        (
            [ascii(LIMIT - 1), "é".into()].concat(),
            "a".repeat(LIMIT - 1),
        ),
        // This body ends in the middle of a character, as if the HTTP client had truncated the response at its limit.
        (
            [ascii(LIMIT - 1), vec![0xc3]].concat(),
            "a".repeat(LIMIT - 1),
        ),
        (Vec::new(), String::new()),
    ] {
        let stored = stored_response(body).await;
        assert!(stored == expected, "{} bytes are stored", stored.len());
    }
}

#[whippet::test]
async fn a_response_that_is_not_text_is_stored_as_a_data_url() {
    const PREFIX: &str = "data:application/octet-stream;base64,";
    for (body, base64) in [
        (&b"\xff\xfe"[..], "//4="),
        (b"a\0b", "YQBi"),
        (b"\x1f\x8b\x08", "H4sI"),
        // Text that starts with the prefix is encoded too. So the prefix always means that the stored response is
        // encoded.
        (
            PREFIX.as_bytes(),
            "ZGF0YTphcHBsaWNhdGlvbi9vY3RldC1zdHJlYW07YmFzZTY0LA==",
        ),
    ] {
        let stored = stored_response(body.to_vec()).await;
        assert_eq!(stored, format!("{PREFIX}{base64}"));
    }
}
