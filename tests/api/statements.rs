//! The number of SQL statements that Relay runs to create a message.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::query;

use crate::support::Relay;

/// Returns the number of statements that Relay runs to accept a message. The application has `endpoints` endpoints.
async fn statements(endpoints: u32) -> usize {
    let relay = Relay::with_app().await;
    query(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1) \
         insert into endpoints (id, app_id, uid, url, description, event_types, channels, metadata, headers, secret, \
         throttle_rate, disabled, created_at, updated_at) select 'ep_' || n, app.id, null, '', '', null, null, '{}', '{}', '', null, 0, 0, 0 \
         from n, applications app",
    )
    .bind(endpoints)
    .execute(&relay.context().db())
    .await
    .unwrap();
    let before = relay.statements().len();
    let body = json!({"eventType": "a", "payload": {}});
    let response = relay.post("/app/acme/msg", body).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    let used = relay.statements().len() - before;
    assert_eq!(relay.tasks().await.len(), endpoints as usize);
    used
}

#[whippet::test]
async fn a_message_takes_few_statements_for_any_number_of_endpoints() {
    let one = statements(1).await;
    assert!(one <= 4, "{one}");
    assert_eq!(statements(300).await, one);
}
