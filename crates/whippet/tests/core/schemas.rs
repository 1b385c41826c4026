//! The component schemas of the OpenAPI document. Each type has a schema for each direction (request and response), and
//! no two schemas have the same name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::axum::body::Bytes;
use whippet::openapi::Info;
use whippet::testing::TestApp;
use whippet::{App, Json, get, post, routes};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Address {
    street: String,
    floor: Option<u8>,
}

/// A type with a field whose input schema and output schema differ.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Person {
    address: Address,
}

/// A type that refers to itself and to [`Person`].
#[derive(Serialize, Deserialize, JsonSchema)]
struct Team {
    lead: Person,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Team>,
}

/// A type whose input schema and output schema are the same.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Color {
    name: String,
    shades: Vec<Color>,
}

/// A type whose name equals the default name of the input schema of [`Address`].
#[derive(Serialize, Deserialize, JsonSchema)]
struct AddressInput {
    number: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct EventCreated {
    id: String,
}

/// A union. The default name of the schema for its variant `Created` equals the name of the type [`EventCreated`].
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Event {
    Created(EventCreated),
    Deleted { id: String },
}

/// A type whose name is not valid in OpenAPI.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Größe/m")]
struct Size {
    height: Option<u32>,
}

mod other {
    use super::{Deserialize, JsonSchema, Serialize};

    /// A type whose name equals the name of the schema for all problems.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Problem {
        pub(super) severity: Option<u8>,
    }

    /// A type whose name equals the name of a problem type's schema.
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct ValidationProblem {
        pub(super) rule: String,
    }
}

#[post("/teams")]
async fn create_team(Json(team): Json<Team>) -> Json<Team> {
    Json(team)
}

#[post("/colors")]
async fn create_color(Json(color): Json<Color>) -> Json<Color> {
    Json(color)
}

#[post("/numbers")]
async fn create_number(Json(number): Json<AddressInput>) -> Json<AddressInput> {
    Json(number)
}

#[post("/events")]
async fn create_event(Json(event): Json<Event>) -> Json<Event> {
    Json(event)
}

#[get("/created")]
async fn created_event() -> Json<EventCreated> {
    Json(EventCreated { id: "a".to_owned() })
}

#[post("/sizes")]
async fn create_size(Json(size): Json<Size>) -> Json<Size> {
    Json(size)
}

#[post("/problems")]
async fn create_problem(Json(problem): Json<other::Problem>) -> Json<other::Problem> {
    Json(problem)
}

#[get("/rules")]
async fn rule() -> Json<other::ValidationProblem> {
    let rule = "none".to_owned();
    Json(other::ValidationProblem { rule })
}

/// Returns an app with a webhook that sends a team and receives a team in the response.
fn app() -> App {
    let info = Info::new("Teams", "1").webhook("changed", "A team changed.", |operation| {
        operation.body::<Team>("application/json");
        operation.response::<Team>(whippet::axum::http::StatusCode::OK, "application/json");
    });
    App::new().openapi(info).routes(routes![
        create_team,
        create_color,
        create_number,
        create_event,
        created_event,
        create_size,
        create_problem,
        rule
    ])
}

fn schemas() -> Value {
    app().document()["components"]["schemas"].take()
}

/// Returns the names of two schemas: the one for the request body and the one for the 200 response.
fn references(operation: &Value) -> [&str; 2] {
    [&operation["requestBody"], &operation["responses"]["200"]]
        .map(|part| &part["content"]["application/json"]["schema"]["$ref"])
        .map(|reference| reference.as_str().unwrap())
        .map(|reference| reference.rsplit_once('/').unwrap().1)
}

#[whippet::test]
async fn a_type_whose_nested_type_differs_has_a_schema_for_each_direction() {
    let document = app().document();
    let operation = &document["paths"]["/teams"]["post"];
    assert_eq!(references(operation), ["TeamInput", "Team"]);
    let schemas = schemas();
    let reference = |name: &str, pointer: &str| schemas[name].pointer(pointer).unwrap().clone();
    let lead = "/properties/lead/$ref";
    assert_eq!(reference("Team", lead), "#/components/schemas/Person");
    assert_eq!(
        reference("TeamInput", lead),
        "#/components/schemas/PersonInput"
    );
    assert_eq!(
        reference("TeamInput", "/properties/parts/items/$ref"),
        "#/components/schemas/TeamInput"
    );
    assert_eq!(
        reference("Person", "/properties/address/$ref"),
        "#/components/schemas/Address"
    );
    assert_eq!(schemas["Address"]["required"], json!(["street", "floor"]));
    let color = &document["paths"]["/colors"]["post"];
    assert_eq!(references(color), ["Color", "Color"]);
    assert!(schemas.get("ColorInput").is_none());
}

#[whippet::test]
async fn a_webhook_sends_the_output_form_and_receives_the_input_form_of_a_type() {
    let document = app().document();
    let webhook = &document["webhooks"]["changed"]["post"];
    assert_eq!(references(webhook), ["Team", "TeamInput"]);
}

#[whippet::test]
async fn a_generated_schema_name_is_never_the_name_of_a_type() {
    let schemas = schemas();
    // The type `AddressInput` keeps its name, so the input schema of `Address` gets another name.
    let number = &schemas["AddressInput"]["properties"]["number"];
    assert_eq!(number["format"], "uint32");
    assert_eq!(schemas["AddressInput2"]["required"], json!(["street"]));
    assert_eq!(
        schemas["PersonInput"]["properties"]["address"]["$ref"],
        "#/components/schemas/AddressInput2"
    );
    // The type `EventCreated` keeps its name, so the variant gets another name.
    let created = &schemas["EventCreated"];
    assert!(created["properties"].get("kind").is_none(), "{created}");
    assert_eq!(created["properties"]["id"]["type"], "string");
    assert_eq!(
        schemas["Event"]["discriminator"]["mapping"],
        json!({"created": "#/components/schemas/EventCreated2", "deleted": "#/components/schemas/EventDeleted"})
    );
    assert_eq!(
        schemas["EventCreated2"]["$ref"],
        "#/components/schemas/EventCreated"
    );
    // `Problem` and `ValidationProblem2` are schemas of Whippet.
    assert!(schemas["Problem"]["properties"].get("detail").is_some());
    let validation = &schemas["ValidationProblem2"];
    assert!(validation["properties"].get("errors").is_some());
}

#[whippet::test]
async fn a_schema_name_has_only_characters_that_are_valid_in_openapi() {
    let document = app().document();
    let operation = &document["paths"]["/sizes"]["post"];
    assert_eq!(references(operation), ["Gr__e_mInput", "Gr__e_m"]);
}

#[whippet::test]
async fn every_response_matches_the_document() {
    // The app checks each response against the document.
    let app = TestApp::new(|_| Ok(app())).await;
    let team = json!({"lead": {"address": {"street": "a", "floor": null}}});
    let response = app.post("/teams").json(&team).await;
    response.assert_status(200).assert_json(&team);
    for (path, body) in [
        ("/colors", json!({"name": "red", "shades": []})),
        ("/numbers", json!({"number": 1})),
        ("/events", json!({"kind": "created", "id": "a"})),
        ("/events", json!({"kind": "deleted", "id": "a"})),
        ("/sizes", json!({"height": null})),
        ("/problems", json!({"severity": null})),
    ] {
        let response = app.post(path).json(&body).await;
        response.assert_status(200).assert_json(&body);
    }
    app.get("/created").await.assert_status(200);
    app.get("/rules").await.assert_status(200);
    let invalid = app.post("/colors").json(&json!({})).await;
    assert_eq!(invalid.status.as_u16(), 422);
}

#[post("/any")]
async fn any(Json(value): Json<Value>) -> Bytes {
    value.to_string().into()
}

/// Many tools do not support the schema `true`.
#[whippet::test]
fn a_body_of_any_value_has_an_object_as_its_schema() {
    let document = App::new().routes(routes![any]).document();
    let any = &document["paths"]["/any"]["post"];
    let request = &any["requestBody"]["content"]["application/json"]["schema"];
    let response = &any["responses"]["200"]["content"]["application/octet-stream"]["schema"];
    assert!(request.is_object(), "{request}");
    assert_eq!(*response, json!({}));
}
