//! `Patch` distinguishes an absent field, `null` and a value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};
use whippet::routing::post;
use whippet::testing::TestApp;
use whippet::{App, Json, Patch, Valid, patch, routes};

#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserUpdate {
    /// The public name.
    #[validate(length(min = 1, max = 8))]
    #[serde(skip_serializing_if = "Patch::is_absent")]
    nick_name: Patch<String>,
    #[validate(range(min = 1, max = 150))]
    age: Patch<u8>,
    #[validate(email)]
    mail: Patch<String>,
    #[validate(url)]
    home_page: Patch<String>,
    #[validate(nested)]
    address: Patch<Address>,
    #[validate(nested, length(max = 2))]
    addresses: Patch<Vec<Address>>,
    #[validate(custom(function = "is_even"))]
    shoe_size: Patch<u8>,
}

#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
struct Address {
    #[validate(length(equal = 5))]
    zip: String,
}

fn is_even(size: &Patch<u8>) -> Result<(), ValidationError> {
    let is_odd = size.value().is_some_and(|size| size % 2 == 1);
    (!is_odd)
        .then_some(())
        .ok_or_else(|| ValidationError::new("even"))
}

#[patch("/user")]
async fn update_user(Valid(Json(update)): Valid<Json<UserUpdate>>) -> Json<UserUpdate> {
    Json(update)
}

fn app() -> App {
    App::new().routes(routes![update_user])
}

async fn update(body: &Value) -> Value {
    let app = TestApp::new(|_| Ok(app())).await;
    app.request(whippet::axum::http::Method::PATCH, "/user")
        .json(body)
        .await
        .json()
}

#[test]
fn an_absent_field_is_neither_null_nor_a_value() {
    let read = |text: &str| serde_json::from_str::<UserUpdate>(text);
    let absent = read("{}").unwrap();
    assert_eq!(
        (absent.nick_name, absent.age),
        (Patch::Absent, Patch::Absent)
    );
    let null = read(r#"{"nickName": null, "age": null}"#).unwrap();
    assert_eq!((null.nick_name, null.age), (Patch::Null, Patch::Null));
    let set = read(r#"{"nickName": "Ada", "age": 36}"#).unwrap();
    assert_eq!(set.nick_name, Patch::Set("Ada".to_owned()));
    assert_eq!(set.age, Patch::Set(36));
    assert!(read(r#"{"age": "36"}"#).is_err());
    assert!(read(r#"{"age": 256}"#).is_err());
    assert!(read(r#"{"age": tru}"#).is_err());
}

#[test]
fn a_patch_is_read_from_json_values_tagged_unions_and_flattened_structs() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind")]
    enum Change {
        Name {
            first: Patch<String>,
            last: Patch<String>,
        },
    }
    let sent = json!({"kind": "Name", "last": null});
    let (first, last) = (Patch::Absent, Patch::Null);
    let change: Change = serde_json::from_value(sent).unwrap();
    assert_eq!(change, Change::Name { first, last });
    #[derive(Debug, PartialEq, Deserialize)]
    struct Both {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        a: Patch<u8>,
        b: Patch<u8>,
        c: Patch<u8>,
    }
    let both: Both = serde_json::from_str(r#"{"b": null, "c": 1}"#).unwrap();
    let (a, b, c) = (Patch::Absent, Patch::Null, Patch::Set(1));
    assert_eq!(both.inner, Inner { a, b, c });
}

#[test]
fn a_patch_keeps_clears_or_replaces_the_stored_value() {
    for (patch, expected) in [
        (Patch::Absent, Some(1)),
        (Patch::Null, None),
        (Patch::Set(2), Some(2)),
    ] {
        let mut stored = Some(1);
        patch.apply_to(&mut stored);
        assert_eq!(stored, expected, "{patch:?}");
    }
}

#[whippet::test]
async fn validation_rules_do_not_apply_to_absent_and_null_fields() {
    let everything_else_null = json!({"age": null, "mail": null, "homePage": null, "address": null, "addresses": null, "shoeSize": null});
    assert_eq!(update(&json!({})).await, everything_else_null);
    assert_eq!(update(&everything_else_null).await, everything_else_null);
    let set = json!({
        "nickName": "Ada", "age": 36, "mail": "a@b.example", "homePage": "https://b.example/",
        "address": {"zip": "12345"}, "addresses": [{"zip": "12345"}], "shoeSize": 38,
    });
    assert_eq!(update(&set).await, set);

    let invalid = json!({
        "nickName": "Ada Lovelace", "age": 0, "mail": "a", "homePage": "b",
        "address": {"zip": "1"}, "addresses": [{"zip": "12345"}, {"zip": "1"}], "shoeSize": 39,
    });
    let problem = update(&invalid).await;
    let errors = problem["errors"].as_array().unwrap().iter();
    let errors: Vec<String> = errors
        .map(|error| format!("{} {}", error["pointer"], error["code"]).replace('"', ""))
        .collect();
    assert_eq!(
        errors,
        [
            "/address/zip length",
            "/addresses/1/zip length",
            "/age range",
            "/homePage url",
            "/mail email",
            "/nickName length",
            "/shoeSize even",
        ]
    );
}

#[whippet::test]
async fn an_error_points_to_a_value_of_the_wrong_type() {
    let problem = update(&json!({"nickName": "Ada", "address": {"zip": 1}})).await;
    assert_eq!(problem["errors"][0]["pointer"], "/address/zip");
    assert_eq!(problem["errors"][0]["code"], "type");
}

#[whippet::test]
async fn a_form_sets_only_the_fields_that_it_has() {
    #[derive(Deserialize)]
    struct Search {
        name: Patch<String>,
        page: Patch<u8>,
    }
    async fn search(whippet::extract::Form(search): whippet::extract::Form<Search>) -> String {
        format!("{:?} {:?}", search.name, search.page)
    }
    let app = TestApp::new(|_| Ok(App::new().route("/", post(search)))).await;
    let form = app
        .post("/")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.body("page=7").await.text(), "Absent Set(7)");
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_schema_has_the_rules_and_allows_absent_and_null_fields() {
    let document = app().document();
    let schema = &document["components"]["schemas"]["UserUpdateInput"];
    assert_eq!(schema["required"], Value::Null);
    let properties = &schema["properties"];
    assert_eq!(
        properties["nickName"],
        json!({"type": ["string", "null"], "minLength": 1, "maxLength": 8, "description": "The public name."})
    );
    assert_eq!(
        properties["age"],
        json!({"type": ["integer", "null"], "format": "uint8", "minimum": 1, "maximum": 150})
    );
    assert_eq!(
        properties["mail"],
        json!({"type": ["string", "null"], "format": "email"})
    );
    assert_eq!(
        properties["address"],
        json!({"anyOf": [{"$ref": "#/components/schemas/Address"}, {"type": "null"}]})
    );
    assert_eq!(properties["addresses"]["type"], json!(["array", "null"]));
}
