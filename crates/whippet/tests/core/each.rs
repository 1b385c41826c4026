//! The rule `each`, which checks the items of a list and the values of a map.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;
use whippet::testing::TestApp;
use whippet::{App, Change, Json, Patch, Valid, post, routes, rules};

static SLUG: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z-]+$").unwrap());

#[rules]
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewNote {
    /// The tags.
    #[validate(length(max = 4), each(length(min = 1, max = 3)))]
    tag_names: Vec<String>,
    #[validate(each(range(min = 1, max = 5)))]
    stars: BTreeMap<String, u8>,
    #[validate(each(regex(path = *SLUG, message = "must be a slug"), length(max = 2)))]
    slugs: Option<Vec<String>>,
    #[validate(each(email))]
    mails: Patch<Vec<String>>,
    #[validate(each(url))]
    links: Change<Vec<String>>,
    #[validate(each(length(max = 1)))]
    matrix: Option<Vec<Vec<u8>>>,
}

#[post("/notes")]
async fn create_note(Valid(Json(note)): Valid<Json<NewNote>>) -> String {
    let NewNote {
        tag_names,
        stars,
        slugs,
        mails,
        links,
        matrix,
    } = note;
    drop((stars, slugs, mails, links, matrix));
    tag_names.join(" ")
}

async fn errors(note: Value) -> Vec<(String, String, Value)> {
    let app = TestApp::new(|_| Ok(App::new().routes(routes![create_note]))).await;
    let response = app.post("/notes").json(&note).await;
    let body = response.assert_problem(422, "validation").json();
    let errors = body["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = errors.map(|error| {
        (
            text(&error["pointer"]),
            text(&error["message"]),
            error["params"].clone(),
        )
    });
    errors.collect()
}

#[whippet::test]
async fn valid_items_are_accepted() {
    let app = TestApp::new(|_| Ok(App::new().routes(routes![create_note]))).await;
    let note = json!({
        "tagNames": ["a", "bcd"], "stars": {"a": 1, "b": 5}, "slugs": null, "mails": null,
        "links": ["https://a.example"], "matrix": [[1], []],
    });
    app.post("/notes").json(&note).await.assert_status(200);
    let minimum = json!({"tagNames": [], "stars": {}});
    app.post("/notes").json(&minimum).await.assert_status(200);
}

#[whippet::test]
async fn an_error_points_at_its_item() {
    let note = json!({
        "tagNames": ["a", "", "long", "b", "c"], "stars": {"a/b": 0, "c": 3, "d": 6},
        "slugs": ["ok", "No!"], "mails": ["a@b.example", "x"], "links": ["/a"], "matrix": [[], [1, 2]],
    });
    let errors = errors(note).await;
    let found: Vec<_> = errors
        .iter()
        .map(|(pointer, message, _)| (&**pointer, &**message))
        .collect();
    let mut expected = [
        ("/tagNames", "the length must be at most 4"),
        ("/tagNames/1", "the length must be from 1 to 3"),
        ("/tagNames/2", "the length must be from 1 to 3"),
        ("/stars/a~1b", "must be from 1 to 5"),
        ("/stars/d", "must be from 1 to 5"),
        ("/slugs/1", "the length must be at most 2"),
        ("/slugs/1", "must be a slug"),
        ("/mails/1", "must be an email address"),
        ("/links/0", "must be an absolute URL"),
        ("/matrix/1", "the length must be at most 1"),
    ];
    let mut found = found;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let (_, _, params) = errors
        .iter()
        .find(|(pointer, ..)| pointer == "/tagNames/1")
        .unwrap();
    assert_eq!(*params, json!({"min": 1, "max": 3}));
}

#[whippet::test]
async fn at_most_a_thousand_errors_are_reported() {
    let tags = vec![""; 3000];
    assert_eq!(
        errors(json!({"tagNames": tags, "stars": {}})).await.len(),
        1000
    );
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_schema_has_the_rules_of_the_items() {
    let document = App::new().routes(routes![create_note]).document();
    let properties = &document["components"]["schemas"]["NewNote"]["properties"];
    let tags = json!({
        "type": "array", "description": "The tags.", "maxItems": 4,
        "items": {"type": "string", "minLength": 1, "maxLength": 3},
    });
    assert_eq!(properties["tagNames"], tags);
    let star = &properties["stars"]["additionalProperties"];
    assert_eq!((&star["minimum"], &star["maximum"]), (&json!(1), &json!(5)));
    let slug = json!({"type": "string", "pattern": "^[a-z-]+$", "maxLength": 2});
    assert_eq!(properties["slugs"]["items"], slug);
    assert_eq!(properties["mails"]["items"]["format"], "email");
    assert_eq!(properties["links"]["items"]["format"], "uri");
    assert_eq!(properties["matrix"]["items"]["maxItems"], 1);
    let required = &document["components"]["schemas"]["NewNote"]["required"];
    assert_eq!(*required, json!(["tagNames", "stars"]));
}
