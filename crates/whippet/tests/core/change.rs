//! `Change` distinguishes an absent field from a value, and rejects `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::testing::TestApp;
use whippet::{App, Change, Json, Valid, patch, routes};

#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NoteUpdate {
    /// The title.
    #[validate(length(min = 1, max = 8))]
    #[serde(skip_serializing_if = "Change::is_absent")]
    title_text: Change<String>,
    #[validate(range(max = 5))]
    #[serde(skip_serializing_if = "Change::is_absent")]
    stars: Change<u8>,
    #[validate(nested)]
    #[serde(skip_serializing_if = "Change::is_absent")]
    place: Change<Place>,
}

#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
struct Place {
    #[validate(length(equal = 5))]
    zip: String,
}

#[patch("/note")]
async fn update_note(Valid(Json(update)): Valid<Json<NoteUpdate>>) -> Json<NoteUpdate> {
    Json(update)
}

fn app() -> App {
    App::new().routes(routes![update_note])
}

#[whippet::test]
async fn an_absent_field_stays_absent_and_a_value_is_checked() {
    let app = TestApp::new(|_| Ok(app())).await;
    for body in [
        json!({}),
        json!({"titleText": "Tea"}),
        json!({"stars": 5, "place": {"zip": "12345"}}),
    ] {
        app.patch("/note").json(&body).await.assert_json(&body);
    }
    let wrong = json!({"titleText": "", "stars": 6, "place": {"zip": "1"}});
    let wrong = app.patch("/note").json(&wrong).await;
    let errors = wrong.assert_problem(422, "validation").json()["errors"].clone();
    let pointers: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert_eq!(pointers, ["/place/zip", "/stars", "/titleText"]);
}

#[whippet::test]
async fn null_is_rejected() {
    let app = TestApp::new(|_| Ok(app())).await;
    let null = json!({"titleText": null, "stars": null, "place": null});
    let response = app.patch("/note").json(&null).await;
    let errors = response.assert_problem(422, "validation").json()["errors"].clone();
    let pointers: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert_eq!(pointers, ["/place", "/stars", "/titleText"]);
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_schema_allows_absent_fields_only() {
    let document = app().document();
    let schemas = &document["components"]["schemas"];
    let update = schemas.as_object().unwrap().iter();
    let mut update = update.filter(|(name, _)| name.starts_with("NoteUpdate"));
    let (_, update) = update.next().unwrap();
    assert!(update.get("required").is_none(), "{update}");
    assert_eq!(
        update["properties"]["titleText"],
        json!({"type": "string", "description": "The title.", "minLength": 1, "maxLength": 8})
    );
    assert_eq!(update["properties"]["stars"]["type"], "integer");
}
