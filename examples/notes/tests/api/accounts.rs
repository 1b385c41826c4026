//! Accounts and tokens.

use serde_json::json;
use whippet::axum::http::Method;
use whippet::testing::TestApp;

use crate::support::{Notes, PASSWORD, sign_up};

#[whippet::test]
async fn an_email_address_has_one_account(notes: Notes) {
    let again = json!({"email": "ADA@example.com", "password": PASSWORD});
    notes
        .post("/accounts")
        .json(&again)
        .await
        .assert_problem(409, "email_taken");
    let account = notes.call(Method::GET, "/account").await;
    account
        .assert_status(200)
        .assert_json_includes(json!({"email": "ada@example.com"}));
}

#[whippet::test]
async fn every_invalid_field_of_an_account_is_reported(notes: Notes) {
    let response = notes
        .post("/accounts")
        .json(&json!({"email": "ada", "password": "short"}))
        .await;
    let errors = response.assert_problem(422, "validation").json()["errors"].clone();
    let pointers: Vec<_> = errors
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| &error["pointer"])
        .collect();
    assert_eq!(pointers, ["/email", "/password"]);
}

#[whippet::test]
async fn a_wrong_password_and_an_unknown_account_get_the_same_response(notes: Notes) {
    let sign_in = |email, password| {
        notes
            .post("/tokens")
            .json(&json!({"email": email, "password": password, "scopes": ["notes:read"]}))
    };
    let wrong = sign_in("ada@example.com", "wrong horse battery staple").await;
    let unknown = sign_in("bob@example.com", PASSWORD).await;
    wrong.assert_problem(401, "authentication_failed");
    assert_eq!(wrong.text(), unknown.text());
}

#[whippet::test]
async fn a_token_allows_only_its_scopes(notes: Notes) {
    let reader = sign_up(&notes, "bob@example.com", &["notes:read"]).await;
    notes.get("/notes").bearer(&reader).await.assert_status(200);
    let write = notes
        .post("/notes")
        .bearer(&reader)
        .json(&json!({"title": "Tea"}))
        .await;
    write.assert_problem(403, "insufficient_scope");
    notes
        .get("/notes")
        .await
        .assert_problem(401, "authentication_failed");
}

#[whippet::test]
async fn a_token_ends_with_its_lifetime_and_when_its_account_signs_out(notes: Notes) {
    let other = sign_up(&notes, "bob@example.com", &["notes:read"]).await;
    notes
        .delete("/tokens/current")
        .bearer(&other)
        .await
        .assert_status(204);
    notes
        .get("/account")
        .bearer(&other)
        .await
        .assert_problem(401, "authentication_failed");

    notes.advance("30d").await;
    notes
        .call(Method::GET, "/account")
        .await
        .assert_problem(401, "authentication_failed");
    sign_up(&notes, "cid@example.com", &["notes:read"]).await;
    assert_eq!(
        notes.row::<i64>("select count(*) from tokens").await,
        1,
        "expired tokens are deleted"
    );
}

#[whippet::test]
async fn each_account_has_its_own_quota() {
    let app = TestApp::builder().variable("NOTES_REQUESTS_PER_MINUTE", "2");
    let app = app.start(notes::app).await;
    let [ada, bob] = ["ada@example.com", "bob@example.com"];
    let (ada, bob) = (
        sign_up(&app, ada, &["notes:read"]).await,
        sign_up(&app, bob, &["notes:read"]).await,
    );
    for (token, status) in [(&ada, 200), (&ada, 200), (&ada, 429), (&bob, 200)] {
        app.get("/notes").bearer(token).await.assert_status(status);
    }
}

/// Starts the API with a quota of two sign-ins per minute. The header `x-client` contains the client's address.
async fn with_two_sign_ins() -> TestApp {
    let app = TestApp::builder().variable("NOTES_SIGN_INS_PER_MINUTE", "2");
    let app = app.variable("NOTES_CLIENT_ADDRESS_HEADER", "X-Client");
    app.start(notes::app).await
}

#[whippet::test]
async fn each_client_address_has_its_own_quota_of_sign_ins_and_new_accounts() {
    let app = with_two_sign_ins().await;
    let create = |client, email: &str| {
        let account = json!({"email": email, "password": PASSWORD});
        app.post("/accounts")
            .header("x-client", client)
            .json(&account)
    };
    create("a", "1@example.com").await.assert_status(201);
    create("a", "2@example.com").await.assert_status(201);
    let third = create("a", "3@example.com").await;
    third
        .assert_problem(429, "rate_limited")
        .assert_header("retry-after", "30");
    let sign_in = json!({"email": "1@example.com", "password": PASSWORD, "scopes": ["notes:read"]});
    let sign_in = |client| {
        app.post("/tokens")
            .header("x-client", client)
            .json(&sign_in)
    };
    sign_in("a").await.assert_problem(429, "rate_limited");
    sign_in("b").await.assert_status(201);
    create("b", "3@example.com").await.assert_status(201);
    app.advance("30s").await;
    sign_in("a").await.assert_status(201);
}

#[whippet::test]
async fn the_password_of_an_account_is_guessed_only_as_often_as_its_quota_allows() {
    let app = with_two_sign_ins().await;
    let sign_in = |client, email| {
        let given = json!({"email": email, "password": "wrong horse battery staple", "scopes": ["notes:read"]});
        app.post("/tokens").header("x-client", client).json(&given)
    };
    for (client, email, status) in [
        ("a", "ada@example.com", 401),
        ("b", "ADA@example.com", 401),
        ("c", "ada@example.com", 429),
        ("c", "bob@example.com", 401),
    ] {
        sign_in(client, email).await.assert_status(status);
    }
    let response = sign_in("d", "ada@example.com").await;
    response.assert_header("retry-after", "30");
}

#[whippet::test]
async fn clients_without_an_address_share_one_quota() {
    let app = TestApp::builder().variable("NOTES_SIGN_INS_PER_MINUTE", "2");
    let app = app.start(notes::app).await;
    for (client, status) in [("a", 201), ("b", 201), ("c", 429)] {
        let account = json!({"email": format!("{client}@example.com"), "password": PASSWORD});
        let create = app.post("/accounts").header("x-client", client);
        create.json(&account).await.assert_status(status);
    }
}
